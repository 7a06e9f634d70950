//! What the broker does not take, and what others send.

use std::error::Error;

use cqrs::{
    EventId, Metadata, Position, StreamId, Version,
    bus::{BusError, CommandBus, DeadLetterReason, EventMessage, Relay, rabbitmq::PublishRefusal},
    event::{Envelope, Payload, RecordedEvent},
};
use cqrs_tests::rabbitmq::{PARTITIONS, Place, broker_answers, connect};
use lapin::{
    BasicProperties, Channel,
    options::{BasicPublishOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions},
    types::{AMQPValue, FieldTable},
};

use crate::witness::{Witness, command, listen};

fn refusal(error: &BusError) -> PublishRefusal {
    *error.source().and_then(|source| source.downcast_ref()).unwrap_or_else(|| panic!("{error:?}"))
}

/// A queue of somebody else's that wants all events, and takes so many.
async fn limit(channel: &Channel, place: &Place, length: i32) -> String {
    let name = format!("{}-limit", place.prefix());
    let mut arguments = FieldTable::default();
    arguments.insert("x-max-length".into(), AMQPValue::LongInt(length));
    arguments.insert("x-overflow".into(), AMQPValue::LongString("reject-publish".into()));
    channel.queue_declare(name.as_str().into(), QueueDeclareOptions::durable(), arguments).await.unwrap();
    let exchange = format!("{}.events", place.prefix());
    for partition in 0..PARTITIONS {
        let (queue, exchange) = (name.as_str().into(), exchange.as_str().into());
        let key = partition.to_string().into();
        let bind =
            channel.queue_bind(queue, exchange, key, QueueBindOptions::default(), FieldTable::default());
        bind.await.unwrap();
    }
    name
}

fn event(number: u64) -> RecordedEvent {
    let envelope = Envelope {
        id: EventId::generate(),
        stream: StreamId::of("account", 7),
        version: Version::new(number),
        name: "numbered".into(),
        schema_version: 1,
        metadata: Metadata::new(),
    };
    RecordedEvent { position: Position::new(number), envelope, payload: Payload::from_json("null") }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_which_one_event_is_refused_is_confirmed_up_to_it_and_published_again_from_it() {
    if !broker_answers() {
        return;
    }
    let place = Place::new();
    let bus = place.broker().await.events();
    let connection = connect().await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let limit = limit(&channel, &place, 3).await;
    let (sender, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let store = std::sync::Arc::new(cqrs::store::memory::MemoryStore::new());
    let listening = bus.listen("accounts").inbox(store).start(move |event: EventMessage| {
        sender.send(event.envelope.version.get()).unwrap();
        async { Ok(()) }
    });
    let listening = listening.await.unwrap();

    let page: Vec<_> = (1..=10).map(event).collect();
    let relay = Relay::to(bus.clone());
    let error = relay.publish(&page).await.unwrap_err();
    assert_eq!((error.confirmed, error.failed), (Some(Position::new(3)), Position::new(4)));
    assert_eq!(refusal(&error.source), PublishRefusal::Refused);

    channel.queue_delete(limit.into(), QueueDeleteOptions::default()).await.unwrap();
    assert_eq!(relay.publish(&page[3..]).await.unwrap(), Some(Position::new(10)));
    let mut versions = Vec::new();
    while versions.len() < 10 {
        versions.push(seen.recv().await.unwrap());
    }
    listening.stop().await.unwrap();
    assert_eq!(versions, (1..=10).collect::<Vec<_>>());
    assert!(seen.try_recv().is_err(), "the inbox drops what was published twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_no_queue_takes_is_not_confirmed() {
    if !broker_answers() {
        return;
    }
    let place = Place::new();
    let bus = place.broker().await.commands();
    let connection = connect().await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    for partition in 0..PARTITIONS {
        let queue = format!("{}.commands.{partition}", place.prefix());
        channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.unwrap();
    }
    let error = bus.publish(&command("key", 0)).await.unwrap_err();
    assert_eq!(refusal(&error), PublishRefusal::Unroutable);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_no_group_wants_is_confirmed() {
    if !broker_answers() {
        return;
    }
    let place = Place::new();
    place.broker().await.events().publish(&event(1)).await.unwrap();
}

/// Publishes as a program does that knows nothing of this library.
async fn publish_foreign(place: &Place, body: &[u8]) {
    let connection = connect().await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(lapin::options::ConfirmSelectOptions::default()).await.unwrap();
    let exchange = format!("{}.commands", place.prefix());
    let options = BasicPublishOptions::default();
    let publish =
        channel.basic_publish(exchange.into(), "0".into(), options, body, BasicProperties::default());
    assert!(publish.await.unwrap().await.unwrap().is_ack());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_program_publishes_is_handled_or_becomes_a_dead_letter() {
    if !broker_answers() {
        return;
    }
    let place = Place::new();
    let bus = place.broker().await.commands();
    publish_foreign(&place, b"\xff\x00 noise").await;
    publish_foreign(&place, b"").await;
    let id = cqrs::CommandId::generate();
    let body = format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/shop","type":"numbered","subject":"7","data":0,
            "time":"2026-01-02T03:04:05Z","correlationid":"{id}"}}"#
    );
    publish_foreign(&place, body.as_bytes()).await;
    let witness = Witness::default();
    let listening = listen(&bus).start(witness.handler()).await.unwrap();
    witness.until(1).await;
    listening.stop().await.unwrap();
    let letters = bus.dead_letters(10).await.unwrap();
    let bodies: Vec<_> = letters.iter().map(|letter| &*letter.message.body).collect();
    assert_eq!(bodies, [b"\xff\x00 noise".as_slice(), b""]);
    assert!(letters.iter().all(|letter| letter.reason == DeadLetterReason::Undecodable), "{letters:?}");
    for letter in letters {
        assert!(bus.remove_dead_letter_of(CommandBus::GROUP, letter.message.id).await.unwrap());
    }
    assert_eq!(bus.dead_letters(10).await.unwrap(), []);
}
