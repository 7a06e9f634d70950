//! Every group gets every event.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{
    bus::{BusError, EventBus, EventMessage, HandlingError, Listening, Relay},
    event::{Envelope, Payload, RecordedEvent},
    message::{EventId, Metadata, Position, StreamId, Version},
    store::memory::MemoryStore,
};

use super::{Buses, tools::Journal};

/// Two groups that were there before the events each get all of them, in order of their streams.
pub async fn every_group_gets_every_event_in_order(buses: &impl Buses) {
    let bus = buses.event_bus().await;
    let journals = [Journal::default(), Journal::default()];
    let accounts = listen(&bus, "accounts", &journals[0]).await;
    let audit = listen(&bus, "audit", &journals[1]).await;
    relay(&bus).await;
    for journal in &journals {
        journal.until_done(10 * 10).await;
        journal.assert_in_order(10, 10);
    }
    accounts.stop().await.unwrap();
    audit.stop().await.unwrap();
}

/// Two members of one group get each event once between them, still in order of its stream.
pub async fn members_of_a_group_share_its_events(buses: &impl Buses) {
    let bus = buses.event_bus().await;
    let journal = Journal::default();
    let first = listen(&bus, "accounts", &journal).await;
    let second = listen(&bus, "accounts", &journal).await;
    relay(&bus).await;
    journal.until_done(10 * 10).await;
    first.stop().await.unwrap();
    second.stop().await.unwrap();
    journal.assert_in_order(10, 10);
}

/// A dead letter that does not park its key is handled when it is retried, although later events of its stream were
/// noted in the inbox meanwhile, and by its own group only.
pub async fn a_retried_event_is_for_its_group_alone(buses: &impl Buses) {
    let bus = buses.event_bus().await;
    let (journals, mended) = ([Journal::default(), Journal::default()], Arc::new(AtomicBool::new(false)));
    let audit = listen(&bus, "audit", &journals[1]).await;
    let (journal, is_mended) = (journals[0].clone(), Arc::clone(&mended));
    let accounts = bus.listen("accounts").inbox(Arc::new(MemoryStore::new())).start(move |event| {
        let refused = event.envelope.version.get() == 1 && !is_mended.load(Ordering::SeqCst);
        if !refused {
            journal.finish("stream", number(&event));
        }
        async move { if refused { Err(HandlingError::permanent("not yet")) } else { Ok(()) } }
    });
    let accounts = accounts.await.unwrap();
    bus.publish_all(&[event(7, 0), event(7, 1), event(7, 2)]).await.unwrap();
    journals[0].until_done(2).await;
    let letters = bus.dead_letters_of("accounts", 10).await.unwrap();
    assert_eq!(letters.len(), 1);
    mended.store(true, Ordering::SeqCst);
    assert!(bus.retry_dead_letter_of("accounts", letters[0].message.id).await.unwrap());
    journals[0].until_done(3).await;
    bus.publish_all(&[event(7, 3)]).await.unwrap();
    journals[0].until_done(4).await;
    journals[1].until_done(4).await;
    accounts.stop().await.unwrap();
    audit.stop().await.unwrap();
    let numbers = journals[0].done().into_iter().map(|(_, number)| number);
    assert_eq!(numbers.collect::<Vec<_>>(), [1, 2, 0, 3]);
    journals[1].assert_in_order(1, 4);
}

/// A group that nobody has joined is not known.
pub async fn a_group_without_listeners_is_unknown(buses: &impl Buses) {
    let bus = buses.event_bus().await;
    let unknown = bus.dead_letters_of("accounts", 1).await;
    assert!(matches!(unknown, Err(BusError::UnknownGroup { .. })), "{unknown:?}");
}

fn number(event: &EventMessage) -> u32 {
    event.payload.as_json().parse().expect("the checks send numbers only")
}

async fn relay(bus: &EventBus) {
    let events: Vec<_> =
        (0..10).flat_map(|number| (0..10).map(move |stream| event(stream, number))).collect();
    let relay = Relay::to(bus.clone());
    let confirmed = relay.publish(&events).await.expect("the bus confirms the page");
    assert_eq!(confirmed, events.last().map(|event| event.position));
}

fn event(stream: u64, number: u64) -> RecordedEvent {
    let envelope = Envelope {
        id: EventId::generate(),
        stream: StreamId::of("account", stream),
        version: Version::new(number + 1),
        name: "numbered".into(),
        schema_version: 1,
        metadata: Metadata::new(),
    };
    let position = Position::new(number * 10 + stream + 1);
    RecordedEvent { position, envelope, payload: Payload::from_json(number.to_string()) }
}

async fn listen(bus: &EventBus, group: &str, journal: &Journal) -> Listening {
    let journal = journal.clone();
    let listening = bus.listen(group).workers(4).prefetch(8).start(move |event: EventMessage| {
        let journal = journal.clone();
        async move {
            let stream = event.envelope.stream.to_string();
            journal.begin(&stream);
            tokio::time::sleep(Duration::from_micros(200)).await;
            journal.finish(&stream, number(&event));
            Ok(())
        }
    });
    listening.await.unwrap()
}
