//! Messages that are larger than what the broker takes in one piece, or at all.

use std::time::Duration;

use cqrs::bus::{BusError, CommandBus, CommandMessage, DeadLetterReason, HandlingError, Message};
use cqrs_tests::{
    rabbitmq::{Place, broker_answers, connect},
    rabbitmq_server::RabbitMqServer,
};
use lapin::{BasicProperties, options::BasicPublishOptions};

use crate::witness::{Witness, command, listen};

/// More than a frame takes, which is 131,072 bytes.
const LONG: usize = 300_000;

/// Publishes as a program does that knows nothing of this library, to all partitions in turn.
async fn publish_foreign(place: &Place, bodies: &[String]) {
    let connection = connect().await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(lapin::options::ConfirmSelectOptions::default()).await.unwrap();
    let exchange = format!("{}.commands", place.prefix());
    for (number, body) in bodies.iter().enumerate() {
        let partition = (number % 4).to_string();
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        let (exchange, body) = (exchange.as_str().into(), body.as_bytes());
        let publish = channel.basic_publish(exchange, partition.into(), options, body, properties);
        assert!(publish.await.unwrap().await.unwrap().is_ack());
    }
}

/// Knows numbered commands only.
fn handler(
    witness: &Witness,
) -> impl Fn(CommandMessage) -> futures_util::future::BoxFuture<'static, Result<(), HandlingError>> + use<> {
    let numbered = witness.handler();
    move |command| {
        if command.name == "numbered" {
            return numbered(command);
        }
        let name = command.name.chars().take(10).collect();
        Box::pin(async { Err(HandlingError::UnknownType { name }) })
    }
}

async fn letters(bus: &CommandBus, count: usize) -> Vec<cqrs::bus::DeadLetter> {
    let arrived = async {
        loop {
            let letters = bus.dead_letters(100).await.unwrap();
            if letters.len() >= count {
                return letters;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), arrived).await.expect("the dead letters are kept")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_kept_however_long_the_name_and_the_key_are_and_others_go_on() {
    if !broker_answers() {
        return;
    }
    let place = Place::new();
    let bus = place.broker().await.commands();
    let unknown = [
        CommandMessage::from_json("unknown", "k".repeat(LONG), "1"),
        CommandMessage::from_json("u".repeat(LONG), "\u{1}".repeat(LONG), "1"),
    ];
    let foreign = |subject: &str, kind: &str| {
        let id = cqrs::CommandId::generate();
        format!(
            r#"{{"specversion":"1.0","id":"{id}","source":"/shop","type":"{kind}","subject":"{subject}","data":0,
                "time":"2026-01-02T03:04:05Z","correlationid":"{id}"}}"#
        )
    };
    let long = "x".repeat(LONG);
    publish_foreign(&place, &[foreign(&long, "other"), foreign("7", &long)]).await;
    bus.publish_all(&unknown).await.unwrap();
    let good: Vec<_> = (0..40).map(|number| command(&format!("key-{number}"), 0)).collect();
    bus.publish_all(&good).await.unwrap();

    let witness = Witness::default();
    let listening = listen(&bus).start(handler(&witness)).await.unwrap();
    witness.until(good.len()).await;
    let letters = letters(&bus, 4).await;
    listening.stop().await.unwrap();
    assert_eq!(witness.doubles(), 0, "the connection was never lost");
    for message in unknown.map(|command| command.encode().unwrap()) {
        let letter = letters.iter().find(|letter| letter.message.id == message.id).expect("it is kept");
        assert!(letter.message == message && letter.reason == DeadLetterReason::UnknownType);
    }
    for letter in letters {
        assert!(bus.remove_dead_letter_of(CommandBus::GROUP, letter.message.id).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_key_is_parked_and_freed_as_any_other() {
    if !broker_answers() {
        return;
    }
    let place = Place::new();
    let bus = place.broker().await.commands();
    let key = "k".repeat(LONG);
    bus.publish_all(&[command(&key, 0), command(&key, 1), command(&key, 2)]).await.unwrap();
    let retry = cqrs::bus::RetryPolicy { attempts: 1, ..Default::default() };
    let failing = |_: CommandMessage| async { Err(HandlingError::transient("not today")) };
    let listening = listen(&bus).retry(retry).start(failing).await.unwrap();
    let parked = letters(&bus, 3).await;
    listening.stop().await.unwrap();
    let reasons: Vec<_> = parked.iter().map(|letter| letter.reason).collect();
    let queued = DeadLetterReason::Queued;
    assert_eq!(reasons, [DeadLetterReason::Exhausted, queued, queued]);

    let witness = Witness::default();
    let listening = listen(&bus).start(witness.handler()).await.unwrap();
    assert!(bus.retry_dead_letter_of(CommandBus::GROUP, parked[0].message.id).await.unwrap());
    witness.until(3).await;
    bus.publish(&command(&key, 3)).await.unwrap();
    witness.until(4).await;
    listening.stop().await.unwrap();
    assert_eq!(bus.dead_letters(10).await.unwrap(), []);
}

/// What one publisher sends that the broker never takes costs nobody else a message.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_the_broker_never_takes_is_refused_for_good_and_alone() {
    if !broker_answers() {
        return;
    }
    let Some(server) = RabbitMqServer::start_with(|_, _| "max_message_size = 100000\n".to_owned()).await
    else {
        return;
    };
    let options = cqrs::bus::rabbitmq::RabbitMqBus::builder(server.address()).prefix("large").partitions(4);
    let bus = options.connect().await.unwrap().commands();
    let large = CommandMessage::from_json("large", "7", format!("\"{}\"", "x".repeat(200_000)));
    let good = async {
        for number in 0..200 {
            bus.publish_all(&[command("a", number), command("b", number)]).await.expect("it is confirmed");
        }
    };
    let bad = async {
        for _ in 0..10 {
            let batch = [command("c", 0), large.clone(), command("c", 1)];
            let error = bus.publish_all(&batch).await.unwrap_err();
            assert_eq!(error.confirmed, 1);
            assert!(error.source.is_for_good(), "{error:?}");
            assert!(matches!(&error.source, BusError::Refused { name, .. } if name == "large"), "{error:?}");
        }
    };
    tokio::join!(good, bad);
    let witness = Witness::default();
    let listening = listen(&bus).start(witness.handler()).await.unwrap();
    witness.until(401).await;
    listening.stop().await.unwrap();
}
