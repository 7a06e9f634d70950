//! Who sees what arrives, and knows what should have.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use cqrs::bus::{CommandBus, CommandMessage, HandlingError, Listen};

/// Longer than anything takes on a slow machine.
const PATIENCE: Duration = Duration::from_mins(1);

pub fn command(key: &str, number: usize) -> CommandMessage {
    CommandMessage::from_json("numbered", key, number.to_string())
}

/// `count` commands for each of `keys` keys, the keys in turn.
pub fn commands(keys: usize, count: usize) -> Vec<CommandMessage> {
    (0..count).flat_map(|number| (0..keys).map(move |key| command(&format!("key-{key}"), number))).collect()
}

/// Publishes all commands in order, each as often as it takes until it is confirmed; how often it took another try.
pub async fn publish_stubbornly(bus: &CommandBus, commands: &[CommandMessage]) -> usize {
    let mut failures = 0;
    let mut rest = commands;
    while let Err(error) = bus.publish_all(rest).await {
        rest = &rest[error.confirmed..];
        failures += 1;
        assert!(failures < 1000, "the broker never takes it: {error:?}");
    }
    failures
}

/// Knows the numbers of each key that were handled. One that comes again is known by its number, as a command is by its
/// id.
#[derive(Clone, Default)]
pub struct Witness(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    next: BTreeMap<String, usize>,
    doubles: usize,
    out_of_order: Vec<(String, usize)>,
}

impl Witness {
    pub fn see(&self, command: &CommandMessage) {
        let number: usize = command.payload.as_json().parse().expect("the tests send numbers only");
        let mut seen = self.0.lock().unwrap();
        let next = seen.next.entry(command.key.to_string()).or_default();
        match number.cmp(next) {
            std::cmp::Ordering::Less => seen.doubles += 1,
            std::cmp::Ordering::Equal => *next += 1,
            std::cmp::Ordering::Greater => seen.out_of_order.push((command.key.to_string(), number)),
        }
    }

    /// A handler that sees each command, and takes a moment.
    pub fn handler(
        &self,
    ) -> impl Fn(CommandMessage) -> futures_util::future::BoxFuture<'static, Result<(), HandlingError>> + use<>
    {
        let this = self.clone();
        move |command| {
            let this = this.clone();
            Box::pin(async move {
                tokio::time::sleep(Duration::from_micros(200)).await;
                this.see(&command);
                Ok(())
            })
        }
    }

    pub fn doubles(&self) -> usize {
        self.0.lock().unwrap().doubles
    }

    pub fn count(&self) -> usize {
        self.0.lock().unwrap().next.values().sum()
    }

    /// Waits until so many different commands were seen.
    pub async fn until(&self, count: usize) {
        let arrived = async {
            while self.count() < count {
                // One that came too early is not counted, and what follows would be waited for in vain.
                self.assert_in_order();
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let arrived = tokio::time::timeout(PATIENCE, arrived).await;
        assert!(arrived.is_ok(), "{} of {count} commands arrived", self.count());
        self.assert_in_order();
    }

    pub fn assert_in_order(&self) {
        let seen = self.0.lock().unwrap();
        assert!(seen.out_of_order.is_empty(), "these came before earlier ones: {:?}", seen.out_of_order);
    }
}

/// Eight workers.
pub fn listen(bus: &CommandBus) -> Listen<CommandMessage> {
    bus.listen().workers(8).prefetch(20)
}
