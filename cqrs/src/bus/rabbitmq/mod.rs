//! Buses between processes, on RabbitMQ 3.8 or later.
//!
//! ```no_run
//! use cqrs::bus::{CommandMessage, rabbitmq::RabbitMqBus};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let broker = RabbitMqBus::builder("amqp://guest:guest@127.0.0.1:5672").prefix("bank").connect().await?;
//! let commands = broker.commands();
//! commands.publish(&CommandMessage::from_json("debit-account", "4711", r#"{"amount":5}"#)).await?;
//! # Ok(()) }
//! ```
//!
//! # What is on the broker
//!
//! Everything is durable and begins with the prefix, so that two applications share a broker. A *group* shares
//! messages: `bank.commands` is that of all who handle commands, `bank.events.mailer` that of the listeners to events
//! who call themselves `mailer`. With the prefix `bank`:
//!
//! | name | what it is |
//! |---|---|
//! | `bank.commands`, `bank.events` | direct exchanges; the routing key is the partition of the message's key |
//! | `bank.commands.partitions`, `bank.events.partitions` | the number of partitions, as the length limit of a queue that stays empty |
//! | *group*`.0`, *group*`.1`, … | a quorum queue for each partition, with a single active consumer |
//! | *group*`.dead` | a quorum queue with the dead letters of the group, 50,000 at most; then its listeners wait |
//! | *group*`.members` | each listener consumes it, and nothing is ever in it: it counts them, and keeps out others if one is exclusive |
//! | *group*`.0.owner`, …, *group*`.dead.reader` | exclusive queues that stay empty: who has one owns the partition, or reads the dead letters |
//!
//! A command bus has its group from [`RabbitMqBusOptions::connect`] on, unless there are [only events](RabbitMqBusOptions::only_events); a group of an event bus from its first listener on. The
//! number of partitions is fixed with the first `open`; opening with another one is
//! [`BusError::PartitionsDiffer`](super::BusError::PartitionsDiffer). With the default of 16 a group has 17 quorum queues, which cost a broker more
//! than others do; ask for fewer [partitions](RabbitMqBusOptions::partitions) where fewer listeners share the work. The
//! queues that stay empty are classic ones.
//!
//! # How it keeps the promises of a bus
//!
//! - **Confirmed.** Messages are persistent and published with confirms, a whole batch in flight at a time. A command
//!   that no queue takes is not confirmed; an event that no group wants is. While the broker is away a publish waits; one
//!   that is cut off fails, and may be repeated. Put no length limit of your own on the partitions: a batch of which the
//!   broker refuses some and takes later ones can change the order within a key.
//! - **In order.** A partition is consumed by one listener at a time. Listeners count each other and own equal shares;
//!   when one comes or goes, partitions change hands as soon as what was taken from them is settled.
//! - **Parked keys.** The owner of a partition is the only one that makes dead letters of its messages, and reads all dead
//!   letters before it hands out the first message, so it knows which keys are parked.
//! - **At least once.** A listener that loses its connection loses what it had; it comes again, to it or to another. A
//!   dead letter is confirmed before the message is acknowledged.
//!
//! Before the first message of a partition is settled, the broker sends as many as the listener's
//! [`prefetch`](super::Listen::prefetch) says, and all of them are in memory: for messages of megabytes, ask for a few. No
//! name or key is too long; a message that is larger than the broker's `max_message_size` is
//! [refused](super::BusError::Refused).
//!
//! The broker takes back what is not acknowledged within its `consumer_timeout`, half an hour unless configured
//! otherwise: handlers, and the delays of a [`RetryPolicy`](super::RetryPolicy) together, must stay below. A process that
//! is stopped without losing its connection keeps its partitions until the broker misses its heartbeat, 20 to 30 seconds.

mod access;
mod connection;
mod consumer;
mod dead_letters;
mod names;
mod options;
mod outage;
mod outlet;
mod publisher;
mod publishing;
mod topology;
mod transport;

use std::sync::Arc;

use super::{Address, CommandBus, EventBus};

pub(super) use outage::is_outage;

pub use options::RabbitMqBusOptions;
pub use publishing::PublishRefusal;

use transport::RabbitTransport;

/// A RabbitMQ broker, and the buses on it. It is a handle: clones use the same connections.
///
/// ```no_run
/// # use cqrs::{Application, bus::rabbitmq::RabbitMqBus};
/// # async fn example(app: Application) -> Result<(), Box<dyn std::error::Error>> {
/// let rabbit = RabbitMqBus::builder("amqps://bank:secret@rabbit.internal").prefix("bank").connect().await?;
/// let listening = rabbit.commands().listen().workers(64).dispatch_to(app.dispatcher()).await?;
/// # Ok(()) }
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
pub struct RabbitMqBus {
    commands: Arc<RabbitTransport>,
    events: Arc<RabbitTransport>,
}

impl RabbitMqBus {
    /// Prepares to use the broker at an address such as `amqp://guest:guest@127.0.0.1:5672`, `amqps://` for TLS;
    /// [`RabbitMqBusOptions::connect`] begins.
    pub fn builder(address: impl Into<Address>) -> RabbitMqBusOptions {
        RabbitMqBusOptions::new(address.into())
    }

    /// Returns the command bus.
    pub fn commands(&self) -> CommandBus {
        CommandBus::over(Arc::clone(&self.commands) as _)
    }

    /// Returns the event bus.
    pub fn events(&self) -> EventBus {
        EventBus::over(Arc::clone(&self.events) as _)
    }
}
