//! Events that come twice are dropped, and those that do not come are noticed.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use cqrs::{
    EventId, Metadata, Position, StreamId, Version,
    bus::{DeadLetterReason, EventBus, EventMessage, HandlingError, Listening, RetryPolicy},
    event::{Envelope, Payload},
    store::{InboxStore, StoreError, memory::MemoryStore},
};
use futures_util::future::BoxFuture;
use metrics::{SharedString, Unit};
use metrics_util::{
    CompositeKey,
    debugging::{DebugValue, DebuggingRecorder},
};

const STREAM: &str = "7";

fn event(version: u64) -> EventMessage {
    let envelope = Envelope {
        id: EventId::generate(),
        stream: StreamId::of("account", STREAM),
        version: Version::new(version),
        name: "numbered".into(),
        schema_version: 1,
        metadata: Metadata::new(),
    };
    EventMessage { position: Position::new(version), envelope, payload: Payload::from_json("null") }
}

async fn publish(bus: &EventBus, versions: &[u64]) {
    let events: Vec<_> = versions.iter().copied().map(event).collect();
    bus.publish_all(&events).await.unwrap();
}

type Calls = Arc<Mutex<Vec<u64>>>;

/// Listens with an inbox; each version in `failing` fails that often.
async fn listen(bus: &EventBus, store: &MemoryStore, calls: &Calls, failing: &[(u64, u32)]) -> Listening {
    let calls = Arc::clone(calls);
    let failing: Mutex<HashMap<_, _>> = Mutex::new(failing.iter().copied().collect());
    let retry = RetryPolicy { first_delay: Duration::from_millis(1), ..RetryPolicy::default() };
    let listening = bus.listen("mailer").inbox(Arc::new(store.clone())).retry(retry).start(move |event| {
        let version = event.envelope.version.get();
        calls.lock().unwrap().push(version);
        let mut failing = failing.lock().unwrap();
        let left = failing.get_mut(&version).filter(|left| **left > 0);
        let outcome = match left {
            Some(left) => {
                *left -= 1;
                Err(HandlingError::transient("not yet"))
            }
            None => Ok(()),
        };
        async { outcome }
    });
    listening.await.unwrap()
}

async fn until_at(store: &MemoryStore, version: u64) {
    let arrived = async {
        let stream = StreamId::of("account", STREAM);
        while store.last_handled("mailer", &stream).await.unwrap() != Version::new(version) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), arrived).await.unwrap();
}

type Series = (CompositeKey, Option<Unit>, Option<SharedString>, DebugValue);

fn counted(counters: &[Series], name: &str) -> u64 {
    let values = counters.iter().filter(|(key, ..)| key.key().name() == name);
    values.map(|(.., value)| if let DebugValue::Counter(count) = value { *count } else { 0 }).sum()
}

#[tokio::test]
async fn doubles_are_dropped_over_a_restart_and_gaps_are_counted() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let (bus, store, calls) = (EventBus::in_memory(), MemoryStore::new(), Calls::default());

    let listening = listen(&bus, &store, &calls, &[(5, 2)]).await;
    publish(&bus, &[4, 5, 4, 5, 6, 6]).await;
    until_at(&store, 6).await;
    listening.stop().await.unwrap();
    let listening = listen(&bus, &store, &calls, &[]).await;
    publish(&bus, &[5, 6, 7, 10, 9, 11]).await;
    until_at(&store, 11).await;
    listening.stop().await.unwrap();

    assert_eq!(
        *calls.lock().unwrap(),
        [4, 5, 5, 5, 6, 7, 10, 11],
        "a failed event is handled again, a double is not"
    );
    let counters = snapshotter.snapshot().into_vec();
    assert_eq!(counted(&counters, "cqrs_inbox_duplicates_total"), 6, "4, 5 and 6, then 5, 6 and 9");
    assert_eq!(counted(&counters, "cqrs_inbox_missing_total"), 2, "8 and 9");
}

/// A store that is away for a while whenever something is to be noted.
struct Away {
    store: MemoryStore,
    left: AtomicU32,
}

impl InboxStore for Away {
    fn last_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
    ) -> BoxFuture<'a, Result<Version, StoreError>> {
        self.store.last_handled(group, stream)
    }

    fn record_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
        from: Version,
        to: Version,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        match self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)) {
            Ok(_) => Box::pin(async { Err(StoreError::unavailable("note an event", "no connection")) }),
            Err(_) => self.store.record_handled(group, stream, from, to),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_was_handled_is_not_handled_again_because_it_could_not_be_noted() {
    let (bus, store, calls) = (EventBus::in_memory(), MemoryStore::new(), Calls::default());
    let inbox = Arc::new(Away { store: store.clone(), left: AtomicU32::new(20) });
    let seen = Arc::clone(&calls);
    let listening = bus.listen("mailer").inbox(inbox).start(move |event| {
        seen.lock().unwrap().push(event.envelope.version.get());
        async { Ok(()) }
    });
    let listening = listening.await.unwrap();
    publish(&bus, &[1, 2]).await;
    until_at(&store, 2).await;
    listening.stop().await.unwrap();
    assert_eq!(*calls.lock().unwrap(), [1, 2]);
    assert_eq!(bus.dead_letters_of("mailer", 1).await.unwrap(), []);
}

/// What claims to be far ahead of its stream must not make doubles of what is to come.
#[tokio::test]
async fn an_implausible_jump_is_a_dead_letter_and_what_follows_is_no_double() {
    let (bus, store, calls) = (EventBus::in_memory(), MemoryStore::new(), Calls::default());
    let listening = listen(&bus, &store, &calls, &[]).await;
    publish(&bus, &[1, 2]).await;
    until_at(&store, 2).await;
    publish(&bus, &[u64::MAX, i64::MAX as u64, 3_000_000, 3, 1_000_004]).await;
    until_at(&store, 1_000_004).await;
    assert_eq!(*calls.lock().unwrap(), [1, 2, 3, 1_000_004]);
    let letters = bus.dead_letters_of("mailer", 10).await.unwrap();
    let reasons: Vec<_> = letters.iter().map(|letter| letter.reason).collect();
    let (undecodable, refused) = (DeadLetterReason::Undecodable, DeadLetterReason::Refused);
    assert_eq!(reasons, [undecodable, refused, refused], "no store counts up to u64::MAX");
    for part in ["version 3000000", "stream `account/7`", "version 2 "] {
        assert!(letters[2].error.contains(part), "`{}` should name {part}", letters[2].error);
    }

    // Somebody vouches for one.
    assert!(bus.retry_dead_letter_of("mailer", letters[2].message.id).await.unwrap());
    until_at(&store, 3_000_000).await;
    listening.stop().await.unwrap();
}

/// Each event of a stream has a position of its own, so a version is never above the position.
#[tokio::test]
async fn an_event_that_cannot_stand_where_it_claims_is_undecodable() {
    let bus = EventBus::in_memory();
    let listening = bus.listen("mailer").start(|_: EventMessage| async { Ok(()) }).await.unwrap();
    for (position, version) in [(4, 5), (4, 0), (0, 0)] {
        let position = Position::new(position);
        bus.publish(&EventMessage { position, ..event(version) }).await.unwrap();
    }
    let kept = async {
        while bus.dead_letters_of("mailer", 10).await.unwrap().len() < 3 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), kept).await.expect("they become dead letters");
    listening.stop().await.unwrap();
}
