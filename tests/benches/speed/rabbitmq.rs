//! Events published to RabbitMQ, all confirmed, against what a raw publisher does in batches of the same size.
//!
//! Both publish persistent messages of the same bytes to the same quorum queues of one group.

use std::{sync::LazyLock, time::Instant};

use cqrs::{
    EventId, Metadata, Position, StreamId, Version,
    bus::{EventBus, Message, Relay},
    event::{Envelope, Payload, RecordedEvent},
};
use cqrs_tests::rabbitmq::{PARTITIONS, Place, connect};
use lapin::{
    BasicProperties, Channel,
    options::{BasicPublishOptions, ConfirmSelectOptions, QueuePurgeOptions},
};

use crate::{
    domain,
    table::{Row, Target, compare, rates},
};

const EVENTS: u32 = 10_000;
const STREAMS: u64 = 100;
const BATCH: usize = 500;

/// What the log holds.
static LOG: LazyLock<Vec<RecordedEvent>> = LazyLock::new(|| (1..=EVENTS.into()).map(event).collect());

fn event(position: u64) -> RecordedEvent {
    let envelope = Envelope {
        id: EventId::generate(),
        stream: StreamId::of("account", position % STREAMS),
        version: Version::new(position / STREAMS + 1),
        name: "account-credited".into(),
        schema_version: 1,
        metadata: Metadata::new(),
    };
    let payload = Payload::from_json(r#"{"amount":1}"#);
    RecordedEvent { position: Position::new(position), envelope, payload }
}

pub fn row() -> Row {
    let runtime = domain::runtime();
    let place = Place::new();
    let bus = runtime.block_on(async {
        let bus = place.broker().await.events();
        // A group is there from its first listener on.
        bus.listen("accounts").start(|_| async { Ok(()) }).await.unwrap().stop().await.unwrap();
        bus
    });
    let raw = runtime.block_on(Raw::connect(&place));
    let figures = compare(
        || {
            runtime.block_on(raw.empty_the_queues());
            runtime.block_on(async { tokio::spawn(ours(bus.clone())).await.unwrap() })
        },
        || {
            runtime.block_on(raw.empty_the_queues());
            runtime.block_on(async { tokio::spawn(raw.clone().publish()).await.unwrap() })
        },
    );
    runtime.block_on(bus.close()).unwrap();
    let name = "RabbitMQ, relay with confirms, events/s, against a raw lapin publisher with confirms in the same batch size";
    rates(name, "events", Target::AtLeast(0.7), figures)
}

/// What a relay does with each page of the log.
async fn ours(bus: EventBus) -> f64 {
    let relay = Relay::to(bus);
    let started = Instant::now();
    for page in LOG.chunks(BATCH) {
        relay.publish(page).await.unwrap();
    }
    rate(started)
}

fn rate(started: Instant) -> f64 {
    f64::from(EVENTS) / started.elapsed().as_secs_f64()
}

/// The raw publisher, which has its messages ready.
#[derive(Clone)]
struct Raw {
    channel: Channel,
    prefix: String,
    /// Routing keys and bodies.
    messages: Vec<(String, std::sync::Arc<[u8]>)>,
    _connection: std::sync::Arc<lapin::Connection>,
}

impl Raw {
    async fn connect(place: &Place) -> Self {
        let connection = connect().await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        let messages = LOG.iter().map(|event| event.encode().unwrap());
        let partition =
            |message: &cqrs::bus::EncodedMessage| message.partition(PARTITIONS.into()).to_string();
        let messages = messages.map(|message| (partition(&message), message.body)).collect();
        Self { channel, prefix: place.prefix().into(), messages, _connection: connection.into() }
    }

    async fn publish(self) -> f64 {
        let exchange = format!("{}.events", self.prefix);
        let properties = BasicProperties::default().with_delivery_mode(2);
        let started = Instant::now();
        for batch in self.messages.chunks(BATCH) {
            let mut confirms = Vec::with_capacity(BATCH);
            for (key, body) in batch {
                let (exchange, key) = (exchange.as_str().into(), key.as_str().into());
                let options = BasicPublishOptions::default();
                let publish = self.channel.basic_publish(exchange, key, options, body, properties.clone());
                confirms.push(publish.await.unwrap());
            }
            for confirm in confirms {
                assert!(confirm.await.unwrap().is_ack());
            }
        }
        rate(started)
    }

    /// So that no run has to do with what earlier ones have left.
    async fn empty_the_queues(&self) {
        for partition in 0..PARTITIONS {
            let queue = format!("{}.events.accounts.{partition}", self.prefix);
            self.channel.queue_purge(queue.into(), QueuePurgeOptions::default()).await.unwrap();
        }
    }
}
