//! A refusal and the events of its command: one of them is there, whoever dies between which steps.

use async_nats::{HeaderMap, jetstream::Context};
use cqrs::{
    CommandId, StreamId,
    store::{
        CommandClaim, DueKey, DueKind, EventQuery, EventStore, Expected, RecordedCommand, Refusal,
        RefusalReason, ScheduleStore, StoreError, nats::NatsStore,
    },
};
use cqrs_tests::nats::{Prefix, server_answers};
use futures_util::future::join_all;

use crate::requests::{answering, append, events, stream};

fn refusal() -> Refusal {
    Refusal::new(RefusalReason::Cancelled, "it was \"not\" wanted any more")
}

fn claim(id: CommandId) -> CommandClaim {
    answering(append("a", Expected::Any, 1), id).command.unwrap()
}

async fn refuse(store: &NatsStore, id: CommandId) -> Option<RecordedCommand> {
    let key = DueKey::new(DueKind::Command, id.to_string());
    store.refuse_due(&key, &claim(id), &refusal(), None).await.unwrap()
}

/// What an append under this id to this stream is told.
async fn told(store: &NatsStore, key: &str, id: CommandId) -> RecordedCommand {
    match store.append(answering(append(key, Expected::Any, 1), id)).await {
        Err(StoreError::AlreadyHandled(found)) => *found,
        other => panic!("it has an outcome: {other:?}"),
    }
}

/// A server in which something was left half done.
struct Half {
    prefix: Prefix,
    store: NatsStore,
    jetstream: Context,
    id: CommandId,
}

impl Half {
    async fn new() -> Self {
        let prefix = Prefix::new();
        let (store, jetstream) = (prefix.store().await, prefix.jetstream().await);
        Self { prefix, store, jetstream, id: CommandId::generate() }
    }

    /// Somebody is about to append to these streams, all of them empty, and has said so.
    async fn announce(&self, keys: &[&str]) {
        let tried = keys.iter().map(|key| serde_json::json!({ "stream": stream(key), "after": 0 }));
        let entry = serde_json::json!({ "streams": tried.collect::<Vec<_>>() });
        self.put(entry.to_string()).await;
    }

    async fn put(&self, entry: String) {
        let subject = format!("$KV.{}_commands.{}", self.prefix.name(), self.id);
        self.jetstream.publish(subject, entry.into()).await.unwrap().await.unwrap();
    }

    async fn entry(&self) -> String {
        let bucket = self.jetstream.get_stream(format!("KV_{}_commands", self.prefix.name())).await.unwrap();
        let subject = format!("$KV.{}_commands.{}", self.prefix.name(), self.id);
        String::from_utf8(bucket.get_last_raw_message_by_subject(&subject).await.unwrap().payload.to_vec())
            .unwrap()
    }

    /// The entry as somebody leaves it who dies when he has begun to refuse the command.
    async fn close_entry(&self, keys: &[&str]) {
        let other = Self { id: self.id, ..Self::new().await };
        other.announce(keys).await;
        assert_eq!(refuse(&other.store, self.id).await, None);
        self.put(other.entry().await).await;
    }

    /// The append that was announced comes to the server now, from somebody who may have died since; `false` if it is refused.
    async fn land(&self, key: &str) -> bool {
        let elsewhere = Prefix::new();
        let other = elsewhere.store().await;
        other.append(answering(append(key, Expected::Any, 1), self.id)).await.unwrap();
        let log = self.jetstream.get_stream(format!("{}_events", elsewhere.name())).await.unwrap();
        let message = log.get_raw_message(1).await.unwrap();
        let mut headers: HeaderMap = message.headers.clone();
        headers.insert("Nats-Expected-Last-Subject-Sequence", "0");
        let subject = message.subject.replace(elsewhere.name(), self.prefix.name());
        let sent = self.jetstream.publish_with_headers(subject, headers, message.payload).await.unwrap();
        sent.await.is_ok()
    }

    async fn landed(&self) -> Vec<StreamId> {
        let events = events(&self.store, EventQuery::all()).await;
        events.into_iter().map(|event| event.envelope.stream).collect()
    }

    async fn is_refused(&self) {
        let record = RecordedCommand::refused(&claim(self.id), refusal());
        for key in ["a", "b", "c"] {
            assert_eq!(told(&self.store, key, self.id).await, record);
        }
        assert_eq!(refuse(&self.store, self.id).await, Some(record.clone()));
        assert_eq!(self.store.command(self.id).await.unwrap(), Some(record));
        assert_eq!(self.landed().await, [] as [StreamId; 0]);
        assert!(self.store.check().await.unwrap().is_sound());
    }

    async fn is_accepted(&self, key: &str) {
        for other in ["a", "b", "c"] {
            let found = told(&self.store, other, self.id).await;
            assert_eq!((found.refusal, found.appended.count()), (None, 1));
        }
        let found = refuse(&self.store, self.id).await.expect("it was accepted");
        assert_eq!(found.refusal, None);
        assert_eq!(self.store.command(self.id).await.unwrap(), Some(found));
        assert_eq!(self.landed().await, [stream(key)]);
        assert!(self.store.check().await.unwrap().is_sound());
    }
}

#[tokio::test]
async fn an_append_that_is_under_way_when_its_command_is_refused_never_lands() {
    if !server_answers() {
        return;
    }
    for keys in [&["a"][..], &["a", "b"]] {
        let half = Half::new().await;
        half.announce(keys).await;
        assert_eq!(refuse(&half.store, half.id).await, None);
        for key in keys {
            assert!(!half.land(key).await, "the stream does not end any more where it did");
        }
        half.is_refused().await;
    }
}

#[tokio::test]
async fn whoever_finds_a_refusal_half_done_ends_it() {
    if !server_answers() {
        return;
    }
    for keys in [&[][..], &["a"], &["a", "b"]] {
        for finder in 0..3 {
            let half = Half::new().await;
            half.close_entry(keys).await;
            match finder {
                0 => drop(half.store.command(half.id).await.unwrap()),
                1 => drop(told(&half.store, "c", half.id).await),
                _ => drop(refuse(&half.store, half.id).await),
            }
            for key in keys {
                assert!(!half.land(key).await, "what was announced is too late now");
            }
            half.is_refused().await;
        }
    }
}

#[tokio::test]
async fn what_lands_while_a_refusal_is_half_done_is_accepted() {
    if !server_answers() {
        return;
    }
    for key in ["a", "b"] {
        let half = Half::new().await;
        half.close_entry(&["a", "b"]).await;
        assert!(half.land(key).await);
        half.is_accepted(key).await;
    }
}

/// A stream of its own holds what concerned no other. A message that has a reason and no events is no acceptance to anybody.
#[tokio::test]
async fn a_refusal_has_forms_that_release_0_1_0_cannot_read() {
    if !server_answers() {
        return;
    }
    let half = Half::new().await;
    assert_eq!(refuse(&half.store, half.id).await, None);
    let entry: serde_json::Value = serde_json::from_str(&half.entry().await).unwrap();
    assert!(entry.get("streams").is_none(), "it asks for this member: {entry}");
    let log = half.jetstream.get_stream(format!("{}_events", half.prefix.name())).await.unwrap();
    let message = log.get_raw_message(1).await.unwrap();
    let subject = format!("{}.events.=2fcommands.{}", half.prefix.name(), half.id);
    assert_eq!(message.subject.as_str(), subject);
    assert_eq!(message.headers.get("Cqrs-Command-Id").unwrap().as_str(), half.id.to_string());
    let body: serde_json::Value = serde_json::from_slice(&message.payload).unwrap();
    // It knows no such member of a command, refuses those that it does not know, and does not take a message without events.
    assert_eq!(body["command"]["refusal"]["reason"], "cancelled");
    assert_eq!(body["events"], serde_json::json!([]));
}

#[tokio::test]
async fn a_message_that_refuses_and_has_events_contradicts_itself() {
    if !server_answers() {
        return;
    }
    let half = Half::new().await;
    half.store.append(answering(append("a", Expected::Any, 1), half.id)).await.unwrap();
    let log = half.jetstream.get_stream(format!("{}_events", half.prefix.name())).await.unwrap();
    let message = log.get_raw_message(1).await.unwrap();
    let mut body: serde_json::Value = serde_json::from_slice(&message.payload).unwrap();
    body["command"]["refusal"] = serde_json::to_value(refusal()).unwrap();
    let hostile = Prefix::new();
    let store = hostile.store().await;
    let subject = message.subject.replace(half.prefix.name(), hostile.name());
    let sent = half.jetstream.publish_with_headers(subject, message.headers, body.to_string().into());
    sent.await.unwrap().await.unwrap();
    let error = store.version(&stream("a")).await.unwrap_err().to_string();
    assert!(error.contains("message 1 ") && error.contains("its command is refused"), "{error}");
}

/// Several processes refuse a command and append under its id, to several streams: if one of them is told that it is refused,
/// there are no events, and there never will be.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_refuse_and_append_all_are_told_the_same() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let stores = [prefix.store().await, prefix.store().await];
    let mut outcomes = [0, 0];
    for round in 0..60 {
        let id = CommandId::generate();
        let appends = (0..4).map(|number| {
            let (store, key) = (stores[number % 2].clone(), format!("{round}-{}", number % 3));
            tokio::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_micros(fastrand::u64(0..3_000))).await;
                match store.append(answering(append(&key, Expected::Any, 1), id)).await {
                    Ok(_) => false,
                    Err(StoreError::AlreadyHandled(found)) => found.refusal.is_some(),
                    Err(error) => panic!("{error:?}"),
                }
            })
        });
        let refusals = stores.clone().map(|store| {
            tokio::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_micros(fastrand::u64(0..3_000))).await;
                refuse(&store, id).await.is_none_or(|found| found.refusal.is_some())
            })
        });
        let told: Vec<bool> =
            join_all(appends.chain(refusals)).await.into_iter().map(Result::unwrap).collect();
        let refused = stores[0].command(id).await.unwrap().unwrap().refusal.is_some();
        assert!(told.iter().all(|told| *told == refused), "{refused}: {told:?}");
        let query = |number| EventQuery::stream(stream(&format!("{round}-{number}")));
        let found = join_all((0..3).map(|number| events(&stores[0], query(number)))).await;
        assert_eq!(found.iter().all(Vec::is_empty), refused, "{found:?}");
        outcomes[usize::from(refused)] += 1;
    }
    assert!(outcomes[0] > 0 && outcomes[1] > 0, "{outcomes:?}: each happens");
}
