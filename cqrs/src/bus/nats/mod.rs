//! Buses between processes, on NATS JetStream, server version 2.9 or later.
//!
//! ```no_run
//! use cqrs::bus::{CommandMessage, nats::NatsBus};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let broker = NatsBus::builder("nats://127.0.0.1:4222").prefix("bank").connect().await?;
//! let commands = broker.commands();
//! commands.publish(&CommandMessage::from_json("debit-account", "4711", r#"{"amount":5}"#)).await?;
//! # Ok(()) }
//! ```
//!
//! # What is on the server
//!
//! Everything begins with the prefix, so that two applications share a server; the event store of an application may
//! have the same. With the prefix `bank`, and `command-bus` or `event-bus` for `BUS`:
//!
//! | stream of the server | holds |
//! |---|---|
//! | `bank_BUS` | the messages, on subject `bank.BUS.<partition>`, until every group has settled them |
//! | `bank_BUS_dead` | what dead letters carry, and pages that list them, on subjects that begin with `bank.BUS-dead.<group>` |
//! | `KV_bank_BUS` | the number of partitions; the members of each group; how far it has come in each partition |
//!
//! # How it keeps the promises of a bus
//!
//! A bus is a log of messages, and what a group has done with a partition is **one entry** that changes by
//! compare-and-set: who owns the partition, up to where messages were taken, which of these are not settled, and which
//! are dead letters. JetStream's own acknowledgements are not used: a redelivery of theirs can overtake later messages,
//! and whoever lost a message can still acknowledge it.
//!
//! - **In order.** The client computes the partition of a message from its key. A partition has one owner, which reads it
//!   in order; what was taken and not settled stands before what was not taken yet, whoever takes over.
//! - **Fenced.** Every change says who makes it, and is refused once the partition has another owner. An owner that slept
//!   ends what it had begun to handle, settles nothing, and begins nothing.
//! - **At least once.** A message is settled by the change that says so, never before. What a crashed owner had in its
//!   hands comes again, first.
//! - **Parked keys.** A message leaves the hands of its owner and becomes a dead letter in the same change.
//! - **Takeover.** Members of a group renew an entry they share; one that was silent for its whole lease, by the clock of
//!   whoever watches, is struck out, and its partitions go to the others. No clocks are compared.
//! - **Confirmed.** A publish waits for the server's answer for every message. Partitions are published to at the same
//!   time; within one, each message waits for the answer to the one before it, so that a failure in the middle cannot
//!   change the order.
//!
//! An entry is a message, and so is bounded by what the server takes as one. It holds the two hundred dead letters of its
//! partition that are dealt with next, at most; the others are on pages of a hundred, which it names. What a dead letter
//! carries is one message, or several if it has no room beside the reason. Release 0.1.0 cannot read an entry with pages,
//! and stands until it is replaced.

mod carrying;
mod consumer;
mod dead_letters;
mod entry;
mod feeding;
mod group;
mod heard;
mod instance;
mod layout;
mod letters;
mod link;
mod member;
mod options;
mod owned;
mod partition;
mod publishing;
mod retention;
mod settle;
mod transport;

use std::sync::Arc;

use super::{Address, CommandBus, EventBus};

pub use options::NatsBusOptions;

use transport::NatsTransport;

/// A NATS server, and the buses on it. It is a handle: clones use the same connection.
///
/// ```no_run
/// # use cqrs::{Application, bus::nats::NatsBus};
/// # async fn example(app: Application) -> Result<(), Box<dyn std::error::Error>> {
/// let nats = NatsBus::builder("nats://nats.internal:4222").prefix("bank").connect().await?;
/// let listening = nats.commands().listen().workers(64).dispatch_to(app.dispatcher()).await?;
/// # Ok(()) }
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
pub struct NatsBus {
    commands: Arc<NatsTransport>,
    events: Arc<NatsTransport>,
}

impl NatsBus {
    /// Prepares to use the server at an address such as `nats://127.0.0.1:4222`; [`NatsBusOptions::connect`] begins.
    pub fn builder(address: impl Into<Address>) -> NatsBusOptions {
        NatsBusOptions::new(address.into())
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
