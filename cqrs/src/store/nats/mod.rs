//! The store on NATS JetStream, server version 2.9 or later: one stream of the server holds the log.
//!
//! # What is where
//! With the prefix `bank`, all of it visible to the tools of NATS and in JSON:
//!
//! | stream of the server | holds |
//! |---|---|
//! | `bank_events` | the log: a message for each append, on subject `bank.events.<category>.<key>` |
//! | `bank_failures` | failed commands, on subject `bank.failures.<correlation id>` |
//! | `KV_bank_commands` | for each command id the streams it may have been written to; see `commands.rs` |
//! | `KV_bank_snapshots` | the latest snapshot of each stream |
//! | `KV_bank_subscriptions` | checkpoints, leases and dead letters |
//! | `KV_bank_inbox` | what listeners of an event bus have handled of each stream |
//! | `bank_due` | what waits for a time: a message for each row, on subject `bank.due.<kind>.<key>`; see `due/mod.rs` |
//!
//! # How it works
//! An append is one message, so it is stored as a whole or not at all; the server stores it only if the last message of
//! its subject is still the expected one. The position of an event follows from the sequence number of its message,
//! which the server gives in the order of storing; so no reader can miss what lands later.
//!
//! A command that decided nothing is a message without events in the stream it concerned, or in one of its own, and so is one
//! that was refused for good (see `refusing.rs`). Release 0.1.0 cannot read such a message, and whoever runs it stands at it until
//! it is replaced.
//!
//! What waits for a time is a message for each row; the order in which rows are due is derived from them, and kept in the memory of
//! each process that asks.
//!
//! Whatever else is not the log is an entry of a key-value bucket that changes by compare-and-set on its revision.
//!
//! # What it does not do
//! An append goes to one stream, and a stream beside it cannot be guarded. The guarantee of a command id is *per stream*: two that race with one id for two
//! streams may both be stored, while those for one stream never are. An append has at most
//! [4,096 events](crate::store::Capabilities::largest_append), and as a message no more bytes than the server takes (`max_payload`,
//! 1 MiB by default). Only the stream and the category of a query are the server's work; everything else is filtered
//! here, from all the messages there are.
//!
//! # What durability needs
//! A server answers that a message is stored once it has given it to the operating system: a crash of the process
//! loses nothing, a crash of the machine what was not yet on its disk. By default a server syncs its files every two
//! minutes (`sync_interval`). So either [keep three replicas](NatsStoreOptions::require_replicas) on machines that do not
//! fail together, or set `sync_interval: always` (2.10) or a short interval in the server's configuration.

mod append;
mod check;
pub(crate) mod client;
mod commands;
mod cursors;
mod dead_letters;
mod due;
mod failures;
mod holder;
mod inbox;
mod layout;
mod leases;
mod marks;
mod options;
mod page;
mod processes;
mod reading;
mod record;
mod refusing;
mod schedule;
mod sequence;
mod snapshots;
mod store;
mod subscription_store;
mod subscriptions;
mod wake_ups;

use client::{cursor, fault, stream, subject, table};

pub use options::NatsStoreOptions;
pub use store::NatsStore;
