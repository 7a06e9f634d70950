//! Messages that contradict themselves: whoever may publish to the server can put anything into the log's stream.

use std::time::Duration;

use async_nats::HeaderMap;
use cqrs::{
    Application, Metadata,
    registry::Registry,
    store::{Damage, EventQuery, EventStore, Expected, StoreError, nats::NatsStore, read_page},
};
use cqrs_tests::{
    bank::{Account, AccountId, Balances, CreditAccount, OpenAccount},
    nats::{Prefix, server_answers},
};

use crate::requests::{append, stream};

/// A message, and what whoever meets it must be told.
struct Hostile {
    /// Behind `<prefix>.events.`.
    subject: &'static str,
    /// First and last version.
    versions: [&'static str; 2],
    stream: [&'static str; 2],
    events: usize,
    told: &'static str,
}

const SOUND: Hostile =
    Hostile { subject: "thing.a", versions: ["3", "3"], stream: ["thing", "a"], events: 1, told: "" };

const HOSTILE: [Hostile; 9] = [
    Hostile { versions: ["0", "0"], told: "its first version is 0", ..SOUND },
    Hostile { versions: ["18446744073709551615", "18446744073709551615"], told: "first version", ..SOUND },
    Hostile { versions: ["9223372036854775807", "9223372036854775807"], told: "first version", ..SOUND },
    Hostile { versions: ["3", "10002"], events: 10_000, told: "10000 events, and 4096 are", ..SOUND },
    Hostile { versions: ["3", "7"], told: "its last version is 3, and its header says 7", ..SOUND },
    Hostile { versions: ["9", "9"], told: "its first version is 9, and 3 follows", ..SOUND },
    Hostile { versions: ["1", "1"], told: "its first version is 1, and 3 follows", ..SOUND },
    Hostile { stream: ["thing", "b"], told: "its body is of stream `thing/b`", ..SOUND },
    Hostile { events: 0, versions: ["3", "2"], told: "no events and no command", ..SOUND },
];

impl Hostile {
    async fn publish(&self, prefix: &Prefix, category: &str) {
        let [first, last] = self.versions;
        let mut headers = HeaderMap::new();
        headers.insert("Cqrs-First-Version", first);
        headers.insert("Cqrs-Last-Version", last);
        let event = |number: usize| {
            format!(
                r#"{{"id":"0192f0c1-2345-7000-8000-{number:012}","name":"thing-happened","schema_version":1,"payload":{{}}}}"#
            )
        };
        let events: Vec<_> = (0..self.events).map(event).collect();
        let metadata = serde_json::to_string(&Metadata::new()).unwrap();
        let [_, key] = self.stream;
        let body = format!(
            r#"{{"stream":{{"category":"{category}","key":"{key}"}},"metadata":{metadata},"events":[{}]}}"#,
            events.join(",")
        );
        let subject = format!("{}.events.{}", prefix.name(), self.subject.replace("thing", category));
        let jetstream = prefix.jetstream().await;
        jetstream.publish_with_headers(subject, headers, body.into()).await.unwrap().await.unwrap();
    }
}

async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(Duration::from_secs(20), work).await;
    done.unwrap_or_else(|_| panic!("{what} does not return"))
}

/// Reads to the end.
async fn read(store: &NatsStore, mut query: EventQuery) -> Result<(), StoreError> {
    loop {
        let (_, end) = read_page(store, &query, 100).await?;
        if end.complete {
            return Ok(());
        }
        (query.after, query.after_version) = (end.position, end.version);
    }
}

#[tokio::test]
async fn whoever_meets_a_message_that_contradicts_itself_is_told_which_and_why() {
    if !server_answers() {
        return;
    }
    for hostile in &HOSTILE {
        let prefix = Prefix::new();
        let store = prefix.store().await;
        store.append(append("a", Expected::NoStream, 2)).await.unwrap();
        hostile.publish(&prefix, "thing").await;
        let subject = format!("{}.events.thing.a", prefix.name());
        let told = |error: StoreError| {
            let text = error.to_string();
            for part in ["message 2 ", &subject, hostile.told] {
                assert!(text.contains(part), "`{text}` should name {part}");
            }
        };
        told(in_time("a read", read(&store, EventQuery::stream(stream("a")))).await.unwrap_err());
        // That its versions do not follow shows where its stream is read.
        if !hostile.told.ends_with("follows") {
            told(in_time("a read", read(&store, EventQuery::all())).await.unwrap_err());
            told(in_time("a read", read(&store, EventQuery::all().category("thing"))).await.unwrap_err());
            told(in_time("a look", prefix.store().await.version(&stream("a"))).await.unwrap_err());
        }
        let report = in_time("a check", store.check()).await.unwrap();
        let [problem] = &report.damage[..] else { panic!("one problem: {report:?}") };
        match problem {
            Damage::VersionGap { stream: found, .. } => assert_eq!(*found, stream("a")),
            Damage::Event { what, .. } => assert!(what.contains(hostile.told), "{what}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_subject_that_no_stream_has_is_no_place_to_hide() {
    if !server_answers() {
        return;
    }
    for subject in ["thing.a.b", "thing"] {
        let prefix = Prefix::new();
        let store = prefix.store().await;
        store.append(append("a", Expected::NoStream, 2)).await.unwrap();
        Hostile { subject, versions: ["1", "1"], ..SOUND }.publish(&prefix, "thing").await;
        let error = in_time("a read", read(&store, EventQuery::all())).await.unwrap_err().to_string();
        assert!(error.contains("message 2 ") && error.contains("another subject"), "{error}");
        assert!(!store.check().await.unwrap().is_sound());
    }
}

/// Starting and dispatching, which read and write, end with an error or without.
#[tokio::test(flavor = "multi_thread")]
async fn an_application_starts_and_dispatches_whatever_is_in_its_log() {
    if !server_answers() {
        return;
    }
    for hostile in &HOSTILE {
        let prefix = Prefix::new();
        let start = async || {
            let mut registry = Registry::empty();
            registry.aggregate::<Account>();
            registry.command::<OpenAccount>();
            registry.command::<CreditAccount>();
            registry.projection::<Balances>();
            Application::builder().store(prefix.store().await).registry(registry).start().await.unwrap()
        };
        let app = start().await;
        let account = AccountId::new(7);
        app.dispatch(OpenAccount { account: account.clone(), owner: "alice".into() }).await.unwrap();
        app.dispatch(CreditAccount { account: account.clone(), amount: 1 }).await.unwrap();
        app.shutdown().await.unwrap();
        let subject = "thing.7";
        let stream = if hostile.stream == SOUND.stream { ["account", "7"] } else { ["account", "8"] };
        Hostile { subject, stream, ..*hostile }.publish(&prefix, "account").await;
        let app = in_time("a start", Box::pin(start())).await;
        let credit = CreditAccount { account: account.clone(), amount: 1 };
        let dispatched = in_time("a dispatch", app.dispatch(credit).into_future()).await;
        let error = dispatched.expect_err("the stream cannot be read");
        let text = cqrs_tests::said::in_full(&error);
        assert!(text.contains("message 3 "), "{text}");
        in_time("a shutdown", app.shutdown()).await.unwrap();
    }
}

#[tokio::test]
async fn a_sound_log_is_sound_and_a_checkpoint_ahead_of_it_is_not() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let store = prefix.store().await;
    for key in ["a", "b", "a", "ä.b"] {
        store.append(append(key, Expected::Any, 3)).await.unwrap();
    }
    let report = store.check().await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.events, report.types.len()), (12, 1));
    let entry = r#"{"name":"ahead","version":1,"position":1000000,"started_at":0,"epoch":1}"#;
    let subject = format!("$KV.{}_subscriptions.checkpoints.ahead", prefix.name());
    prefix.jetstream().await.publish(subject, entry.into()).await.unwrap().await.unwrap();
    let problems = store.check().await.unwrap().damage;
    let [Damage::Checkpoint { subscription, .. }] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!(subscription, "ahead");
}
