//! Records of commands: those that decided nothing, and those of release 0.1.0.

use async_nats::HeaderMap;
use cqrs::{
    CommandId, Metadata, Version,
    store::{Append, EventQuery, EventStore, Expected, StoreError, StreamWrite, read_page},
};
use cqrs_tests::nats::{Prefix, server_answers};

use crate::requests::{answering, append, events, stream};

/// What release 0.1.0 refuses to read, it cannot overlook.
#[tokio::test]
async fn a_decision_for_nothing_has_a_form_that_release_0_1_0_cannot_read() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let store = prefix.store().await;
    store.append(append("a", Expected::Any, 2)).await.unwrap();
    let (id, alone) = (CommandId::generate(), CommandId::generate());
    let guard = append("a", Expected::Exactly(Version::new(2)), 0);
    store.append(answering(guard, id)).await.unwrap();
    store.append(answering(Append { writes: vec![], ..append("a", Expected::Any, 0) }, alone)).await.unwrap();
    let jetstream = prefix.jetstream().await;
    let log = jetstream.get_stream(format!("{}_events", prefix.name())).await.unwrap();
    for (sequence, subject, id) in [(2, "thing.a".to_owned(), id), (3, format!("=2fcommands.{alone}"), alone)]
    {
        let message = log.get_raw_message(sequence).await.unwrap();
        assert_eq!(message.subject.as_str(), format!("{}.events.{subject}", prefix.name()));
        let header = |name: &str| message.headers.get(name).map(|value| value.as_str().to_owned());
        // It looks for the command by this header, finds no events, and says so.
        assert_eq!(header("Cqrs-Command-Id"), Some(id.to_string()));
        let body: serde_json::Value = serde_json::from_slice(&message.payload).unwrap();
        assert_eq!(body["events"], serde_json::json!([]));
        // What it reads of the command has the members that it knows, and no others.
        let members: Vec<_> = body["command"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(members, ["fingerprint", "id", "name"]);
    }
    // It takes no version, no position, and is read over.
    store.append(append("a", Expected::Exactly(Version::new(2)), 1)).await.unwrap();
    let found = events(&store, EventQuery::stream(stream("a"))).await;
    let versions: Vec<_> = found.iter().map(|event| event.envelope.version.get()).collect();
    assert_eq!(versions, [1, 2, 3]);
    assert!(store.check().await.unwrap().is_sound());
    let head = store.head().await.unwrap();
    store.append(answering(append("a", Expected::Any, 0), CommandId::generate())).await.unwrap();
    let (_, end) = read_page(&store, &EventQuery::all(), 10).await.unwrap();
    assert!(
        end.complete && end.position > head,
        "whoever waits for the head is not kept waiting by a message without events"
    );
}

#[tokio::test]
async fn a_guard_beside_a_write_is_refused_as_such() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let store = prefix.store().await;
    let write = |key: &str, count| append(key, Expected::Any, count).writes.remove(0);
    let of = |writes: Vec<StreamWrite>| {
        answering(Append { writes, ..append("a", Expected::Any, 1) }, CommandId::generate())
    };
    for writes in [vec![write("a", 1), write("b", 0)], vec![write("a", 0), write("b", 0)]] {
        let refused = store.append(of(writes)).await.unwrap_err();
        assert!(
            matches!(refused, StoreError::Unsupported("check a stream beside the one that is written")),
            "{refused:?}"
        );
    }
    let refused = store.append(of(vec![write("a", 1), write("b", 1)])).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unsupported("append to several streams at once")), "{refused:?}");
}

/// As release 0.1.0 wrote it.
#[tokio::test]
async fn a_record_of_release_0_1_0_has_no_form_and_repeats() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let store = prefix.store().await;
    let id = CommandId::generate();
    let mut headers = HeaderMap::new();
    headers.insert("Cqrs-First-Version", "1");
    headers.insert("Cqrs-Last-Version", "1");
    headers.insert("Cqrs-Command-Id", id.to_string());
    let metadata = serde_json::to_string(&Metadata::new()).unwrap();
    let body = format!(
        r#"{{"stream":{{"category":"thing","key":"a"}},
            "command":{{"id":"{id}","name":"do-thing","fingerprint":"00112233445566778899aabbccddeeff"}},
            "metadata":{metadata},"events":[{{"id":"0192f0c1-2345-7000-8000-000000000001",
            "name":"thing-happened","schema_version":1,"payload":{{}}}}]}}"#
    );
    let jetstream = prefix.jetstream().await;
    let subject = format!("{}.events.thing.a", prefix.name());
    jetstream.publish_with_headers(subject, headers, body.into()).await.unwrap().await.unwrap();
    let announced = r#"{"streams":[{"stream":{"category":"thing","key":"a"},"after":0}]}"#;
    let subject = format!("$KV.{}_commands.{id}", prefix.name());
    jetstream.publish(subject, announced.into()).await.unwrap().await.unwrap();

    let found = store.command(id).await.unwrap().expect("it was handled");
    assert_eq!((found.form, found.appended.count()), (None, 1));
    let again = store.append(answering(append("a", Expected::Any, 1), id)).await.unwrap_err();
    assert!(matches!(again, StoreError::AlreadyHandled(_)), "{again:?}");
    assert!(store.check().await.unwrap().is_sound());
}
