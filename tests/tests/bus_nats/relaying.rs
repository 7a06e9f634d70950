//! Events that the server never takes, on their way from the log.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use cqrs::{
    Application, EventId, Metadata, Position, StreamId, Version,
    bus::EventMessage,
    event::Payload,
    handler::StartFrom,
    registry::Registry,
    store::{Append, DeadLetterState, EventStore, Expected, NewEvent, StreamWrite, sqlite::SqliteStore},
};
use cqrs_tests::nats::server_answers;

use crate::place::Place;

/// More than a server takes as one message by default.
const LARGE: usize = 1_100_000;

type Seen = Arc<Mutex<Vec<(String, u64)>>>;

async fn append(store: &SqliteStore, key: &str, size: usize) {
    let event = NewEvent {
        id: EventId::generate(),
        name: "noted".into(),
        schema_version: 1,
        payload: Payload::from_json(format!("\"{}\"", "x".repeat(size))),
        tags: vec![],
    };
    let stream = StreamId::new("note", key);
    let write = StreamWrite { stream, expected: Expected::Any, events: vec![event] };
    let append = Append { writes: vec![write], command: None, metadata: Metadata::new() };
    store.append(append).await.unwrap();
}

async fn until(what: &str, reached: impl AsyncFn() -> bool) {
    let reaching = async {
        while !reached().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let reached = tokio::time::timeout(Duration::from_secs(30), reaching).await;
    assert!(reached.is_ok(), "{what}");
}

fn of(seen: &Seen, key: &str) -> Vec<u64> {
    let seen = seen.lock().unwrap();
    let stream = format!("note/{key}");
    seen.iter().filter(|(of, _)| *of == stream).map(|(_, version)| *version).collect()
}

/// It is parked with its stream, health says why, others go on; and an operator gives it up.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_the_server_never_takes_parks_its_stream_and_nothing_else() {
    if !server_answers() {
        return;
    }
    let (place, folder) = (Place::new(), tempfile::tempdir().unwrap());
    let bus = place.broker().await.events();
    let seen = Seen::default();
    let sink = Arc::clone(&seen);
    let listening = bus.listen("readers").start(move |event: EventMessage| {
        let place = (event.envelope.stream.to_string(), event.envelope.version.get());
        sink.lock().unwrap().push(place);
        async { Ok(()) }
    });
    let listening = listening.await.unwrap();
    let store = SqliteStore::open(folder.path().join("relay.db")).unwrap();
    let long = "k".repeat(400_000);
    for (key, size) in [("a", 1), ("b", LARGE), ("a", 1), ("b", 1), ("a", LARGE), ("b", 1), ("c", 1)] {
        append(&store, key, size).await;
    }
    append(&store, &long, 1).await;
    let builder = Application::builder().store(store.clone()).registry(Registry::empty());
    let app = builder.relay("events", StartFrom::Start, bus.clone()).start().await.unwrap();
    until("others go on", async || of(&seen, &long) == [1]).await;
    assert_eq!((of(&seen, "a"), of(&seen, "b"), of(&seen, "c")), (vec![1, 2], vec![], vec![1]));

    let letters = app.dead_letters("events").list().await.unwrap();
    let kept: Vec<_> = letters
        .iter()
        .map(|letter| (letter.key.stream.key().to_owned(), letter.version.get(), letter.state))
        .collect();
    let (failed, queued) = (DeadLetterState::Failed, DeadLetterState::Queued);
    let b = |version, state| ("b".to_owned(), version, state);
    assert_eq!(kept, [("a".to_owned(), 3, failed), b(1, failed), b(2, queued), b(3, queued)]);
    let findings = app.health().await.findings.join("\n");
    for part in ["`events` has dead letters: 4", "position 2 of stream `note/b`", "too large", "1048576"] {
        assert!(findings.contains(part), "`{findings}` should name {part}");
    }

    let letters = app.dead_letters("events");
    letters.retry(Position::new(2)).await.unwrap();
    until("it fails again", async || letters.list().await.unwrap()[1].attempts == 2).await;
    letters.skip(Position::new(2)).await.unwrap();
    until("what waited behind follows", async || of(&seen, "b") == [2, 3]).await;
    append(&store, "b", 1).await;
    until("the stream is free", async || of(&seen, "b") == [2, 3, 4]).await;
    assert_eq!(letters.list().await.unwrap().len(), 1, "only that of `a` is left");
    assert_eq!(store.version(&StreamId::new("note", "a")).await.unwrap(), Version::new(3));
    app.shutdown().await.unwrap();
    listening.stop().await.unwrap();
}
