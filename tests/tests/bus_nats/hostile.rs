//! Messages of others that cannot be read: however large, and however many.

use std::time::Duration;

use async_nats::{HeaderMap, jetstream};
use cqrs::bus::{CommandBus, CommandMessage, DeadLetter, DeadLetterReason, HandlingError};
use cqrs_tests::nats::server_answers;

use crate::place::Place;

/// What the server takes as one message.
const LIMIT: usize = 1 << 20;

/// Publishes as a program does that knows nothing of this library, all to one partition.
async fn publish_foreign(place: &Place, messages: Vec<(HeaderMap, Vec<u8>)>) {
    let jetstream = place.prefix().jetstream().await;
    let subject = format!("{}.command-bus.0", place.prefix().name());
    for (headers, body) in messages {
        let sent = jetstream.publish_with_headers(subject.clone(), headers, body.into()).await;
        sent.unwrap().await.unwrap();
    }
}

fn with_key(key: &str) -> HeaderMap {
    let (id, mut headers) = (cqrs::CommandId::generate(), HeaderMap::new());
    headers.insert("cqrs-message", format!(r#"{{"id":"{id}","name":"noise","key":"{key}"}}"#));
    headers
}

async fn listen(bus: &CommandBus) -> (cqrs::bus::Listening, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let (sender, handled) = tokio::sync::mpsc::unbounded_channel();
    let listening = bus.listen().start(move |command: CommandMessage| {
        let sent = sender.send(command.key.to_string());
        async { sent.map_err(HandlingError::permanent) }
    });
    (listening.await.unwrap(), handled)
}

async fn letters(bus: &CommandBus, count: usize) -> Vec<DeadLetter> {
    let arrived = async {
        loop {
            let letters = bus.dead_letters(count + 1).await.unwrap();
            if letters.len() >= count {
                return letters;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(2), arrived).await.expect("the dead letters are kept")
}

/// How large the largest entry is.
async fn largest_entry(place: &Place) -> usize {
    let jetstream: jetstream::Context = place.prefix().jetstream().await;
    let name = place.prefix().name();
    let entries = jetstream.get_stream(format!("KV_{name}_command-bus")).await.unwrap();
    let of = |partition| format!("$KV.{name}_command-bus.partitions.{partition}.commands");
    let mut largest = 0;
    for partition in 0..4 {
        if let Ok(entry) = entries.get_last_raw_message_by_subject(&of(partition)).await {
            largest = largest.max(entry.payload.len());
        }
    }
    largest
}

/// Good messages go through all the while.
async fn goes_on(bus: &CommandBus, handled: &mut tokio::sync::mpsc::UnboundedReceiver<String>) {
    for number in 0..20 {
        let key = format!("good-{number}");
        bus.publish(&CommandMessage::from_json("numbered", key.as_str(), "1")).await.unwrap();
        let arrived = tokio::time::timeout(Duration::from_secs(30), handled.recv()).await;
        assert_eq!(arrived.expect("it is handled"), Some(key));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_kept_however_large_its_message_and_its_key_are() {
    if !server_answers() {
        return;
    }
    let place = Place::new();
    let bus = place.broker().await.commands();
    let id = cqrs::CommandId::generate();
    let key = "k".repeat(400_000);
    let keyed = format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/shop","type":"numbered","subject":"{key}","data":0}}"#
    );
    let sent = vec![
        (HeaderMap::new(), vec![b'x'; LIMIT]),
        (HeaderMap::new(), vec![b'y'; LIMIT - 300]),
        (HeaderMap::new(), keyed.into_bytes()),
        (with_key(&"h".repeat(40_000)), vec![b'z'; LIMIT - 41_000]),
    ];
    publish_foreign(&place, sent.clone()).await;
    let (listening, mut handled) = listen(&bus).await;
    let kept = letters(&bus, sent.len()).await;
    assert!(kept.iter().map(|letter| &*letter.message.body).eq(sent.iter().map(|(_, body)| &**body)));
    assert!(kept.iter().all(|letter| letter.reason == DeadLetterReason::Undecodable));
    assert_eq!(kept[2].message.key, key);
    goes_on(&bus, &mut handled).await;
    listening.stop().await.unwrap();
    for letter in kept {
        assert!(bus.remove_dead_letter_of(CommandBus::GROUP, letter.message.id).await.unwrap());
    }
    let jetstream = place.prefix().jetstream().await;
    let name = format!("{}_command-bus_dead", place.prefix().name());
    let left = jetstream.get_stream(&name).await.unwrap().cached_info().state.messages;
    assert_eq!(left, 0, "what they carried goes with them, in all its parts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_holds_any_number_of_dead_letters_and_keeps_them_in_order() {
    const LONG: usize = 120;
    const COUNT: usize = 450;
    if !server_answers() {
        return;
    }
    let place = Place::new();
    let bus = place.broker().await.commands();
    let long =
        (0..LONG).map(|number| (with_key(&format!("{number}{}", "k".repeat(20_000))), b"noise".to_vec()));
    let short = (LONG..COUNT).map(|number| (with_key(&number.to_string()), number.to_string().into_bytes()));
    publish_foreign(&place, long.chain(short).collect()).await;
    let (listening, mut handled) = listen(&bus).await;
    let kept = letters(&bus, COUNT).await;
    assert_eq!(kept.len(), COUNT);
    let bodies: Vec<_> = kept[LONG..].iter().map(|letter| letter.message.body.to_vec()).collect();
    assert!(
        bodies
            .iter()
            .eq((LONG..COUNT).map(|number| number.to_string().into_bytes()).collect::<Vec<_>>().iter())
    );
    let largest = largest_entry(&place).await;
    assert!(largest < LIMIT / 4, "an entry has {largest} bytes");
    goes_on(&bus, &mut handled).await;

    // From all pages, and in no order.
    for letter in kept.iter().step_by(7) {
        assert!(bus.remove_dead_letter_of(CommandBus::GROUP, letter.message.id).await.unwrap());
    }
    let left =
        kept.iter().enumerate().filter(|(index, _)| index % 7 != 0).map(|(_, letter)| letter.message.id);
    let found = bus.dead_letters(COUNT).await.unwrap();
    assert!(found.iter().map(|letter| letter.message.id).eq(left), "the others are there, in order");
    listening.stop().await.unwrap();
}

/// A key with more letters than an entry holds is freed letter by letter.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_with_hundreds_of_dead_letters_is_retried_in_order() {
    const COUNT: usize = 350;
    if !server_answers() {
        return;
    }
    let place = Place::new();
    let bus = place.broker().await.commands();
    let command = |number: usize| CommandMessage::from_json("numbered", "key", number.to_string());
    bus.publish_all(&(0..COUNT).map(command).collect::<Vec<_>>()).await.unwrap();
    let retry = cqrs::bus::RetryPolicy { attempts: 1, ..Default::default() };
    let failing = |_: CommandMessage| async { Err(HandlingError::transient("not today")) };
    let listening = bus.listen().retry(retry).start(failing).await.unwrap();
    let parked = letters(&bus, COUNT).await;
    listening.stop().await.unwrap();

    let (sender, mut handled) = tokio::sync::mpsc::unbounded_channel();
    let listening = bus.listen().start(move |command: CommandMessage| {
        let number: usize = command.payload.as_json().parse().unwrap();
        let sent = sender.send(number);
        async move { sent.map_err(HandlingError::permanent) }
    });
    let listening = listening.await.unwrap();
    assert!(bus.retry_dead_letter_of(CommandBus::GROUP, parked[200].message.id).await.unwrap());
    for number in 0..COUNT {
        let next = tokio::time::timeout(Duration::from_mins(1), handled.recv()).await;
        assert_eq!(next.expect("it is retried"), Some(number));
    }
    listening.stop().await.unwrap();
    assert_eq!(bus.dead_letters(1).await.unwrap(), []);
}
