//! Every group gets every event.

use std::time::Duration;

use crate::{
    bus::{EventBus, EventMessage, Listening, Relay},
    event::{Envelope, Payload, RecordedEvent},
    message::{EventId, Metadata, Position, StreamId, Version},
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
            journal.finish(&stream, event.payload.as_json().parse().expect("the checks send numbers only"));
            Ok(())
        }
    });
    listening.await.unwrap()
}
