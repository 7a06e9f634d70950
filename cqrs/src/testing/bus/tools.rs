//! What the checks have in common.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::bus::{
    CommandBus, CommandMessage, Consumer, ConsumerOptions, DeadLetter, Delivery, EncodedMessage,
    HandlingError, Message, RetryPolicy,
};

/// Longer than anything takes on a slow machine; a check that waits this long has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Long enough that what should not happen would have happened.
pub(super) const MOMENT: Duration = Duration::from_millis(200);

pub(super) fn command(key: &str, number: u32) -> CommandMessage {
    CommandMessage::from_json("numbered", key, number.to_string())
}

pub(super) fn number(command: &CommandMessage) -> u32 {
    command.payload.as_json().parse().expect("the checks send numbers only")
}

pub(super) fn number_of(delivery: &Delivery) -> u32 {
    number(&CommandMessage::decode(delivery.message()).expect("the bus returns what it was given"))
}

/// `count` commands for each of `keys` keys, the keys in turn.
pub(super) fn commands(keys: u32, count: u32) -> Vec<CommandMessage> {
    (0..count).flat_map(|number| (0..keys).map(move |key| command(&format!("key-{key}"), number))).collect()
}

pub(super) fn undecodable(key: &str) -> EncodedMessage {
    let mut message = command(key, 0).encode().expect("a number is JSON");
    message.body = b"{ this is no message".as_slice().into();
    message
}

/// Many quick attempts.
pub(super) fn quick(attempts: u32) -> RetryPolicy {
    RetryPolicy { attempts, first_delay: Duration::from_millis(2), ..RetryPolicy::default() }
}

pub(super) fn failure(text: &str) -> HandlingError {
    HandlingError::transient(text)
}

pub(super) async fn publish(bus: &CommandBus, commands: &[CommandMessage]) {
    bus.publish_all(commands).await.expect("the bus takes the messages");
}

pub(super) async fn consumer(bus: &CommandBus, prefetch: usize) -> Box<dyn Consumer> {
    let options = ConsumerOptions { group: CommandBus::GROUP.into(), exclusive: false, prefetch };
    bus.transport().consume(options).await.expect("the bus lets a consumer in")
}

/// The next message, which must come.
pub(super) async fn next(consumer: &mut dyn Consumer) -> Delivery {
    let next = tokio::time::timeout(PATIENCE, consumer.next()).await.expect("the bus hands a message out");
    next.expect("the bus works").expect("the bus is open")
}

/// That no message comes.
pub(super) async fn assert_nothing(consumer: &mut dyn Consumer) {
    let next = tokio::time::timeout(MOMENT, consumer.next()).await;
    assert!(next.is_err(), "the bus handed out {next:?}, and should have nothing to hand out");
}

/// Waits until `holds`, and fails after a long while.
pub(super) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "it did not come to pass that {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Waits until there are `count` dead letters.
pub(super) async fn dead_letters(bus: &CommandBus, count: usize) -> Vec<DeadLetter> {
    let start = Instant::now();
    loop {
        let letters = bus.dead_letters(count + 1).await.expect("the bus lists its dead letters");
        if letters.len() >= count {
            assert_eq!(letters.len(), count, "no more dead letters than expected: {letters:?}");
            return letters;
        }
        assert!(start.elapsed() < PATIENCE, "there are only these dead letters: {letters:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Waits until there are no dead letters left.
pub(super) async fn no_dead_letters(bus: &CommandBus) {
    let start = Instant::now();
    loop {
        let letters = bus.dead_letters(100).await.expect("the bus lists its dead letters");
        if letters.is_empty() {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "these dead letters stay: {letters:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// What handlers did, in order.
#[derive(Clone, Default)]
pub(super) struct Journal(Arc<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    running: HashSet<String>,
    overlaps: Vec<String>,
    started: usize,
    done: Vec<(String, u32)>,
}

impl Journal {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that a handler has begun, which no other may have on the same key. A panic would only be a failed attempt,
    /// so an overlap is kept until [`Journal::assert_in_order`].
    pub(super) fn begin(&self, key: &str) {
        let mut entries = self.entries();
        entries.started += 1;
        if !entries.running.insert(key.to_owned()) {
            entries.overlaps.push(key.to_owned());
        }
    }

    /// Says that a handler has ended, without success.
    pub(super) fn fail(&self, key: &str) {
        self.entries().running.remove(key);
    }

    /// Says that a handler has ended with success.
    pub(super) fn finish(&self, key: &str, number: u32) {
        let mut entries = self.entries();
        entries.running.remove(key);
        entries.done.push((key.to_owned(), number));
    }

    pub(super) fn started(&self) -> usize {
        self.entries().started
    }

    pub(super) fn done(&self) -> Vec<(String, u32)> {
        self.entries().done.clone()
    }

    /// Waits until `count` messages were handled.
    pub(super) async fn until_done(&self, count: usize) {
        until(&format!("{count} messages were handled"), || self.entries().done.len() >= count).await;
    }

    /// That each of `keys` keys saw 0, 1, 2, … below `count`, once and in order.
    pub(super) fn assert_in_order(&self, keys: usize, count: u32) {
        let overlaps = self.entries().overlaps.clone();
        assert!(overlaps.is_empty(), "messages of these keys were handled at the same time: {overlaps:?}");
        let mut by_key: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (key, number) in self.done() {
            by_key.entry(key).or_default().push(number);
        }
        assert_eq!(by_key.len(), keys, "every key was handled");
        for (key, numbers) in by_key {
            assert_eq!(numbers, (0..count).collect::<Vec<_>>(), "the messages of {key}");
        }
    }
}
