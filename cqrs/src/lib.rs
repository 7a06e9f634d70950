#![doc = include_str!("../docs/guide.md")]
#![warn(unreachable_pub)]

// The macros write `::cqrs::..`; this lets the crate's own tests and examples use them, too.
#[allow(unused_extern_crates, reason = "only macros name the crate")]
extern crate self as cqrs;

pub mod aggregate;
pub mod application;
pub mod bus;
pub mod command;
pub mod dispatch;
mod error_chain;
pub mod event;
pub mod handler;
#[cfg(all(
    feature = "derive",
    feature = "nats",
    feature = "postgres",
    feature = "rabbitmq",
    feature = "sqlite"
))]
#[doc = include_str!("../docs/growing_up.md")]
pub mod growing_up {}
mod json;
mod location;
pub mod message;
mod panics;
pub mod prelude;
pub mod projection;
pub mod registry;
pub mod repository;
pub mod services;
pub mod store;
pub mod subscription;
#[cfg(feature = "testing")]
pub mod testing;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use application::Application;
#[cfg(feature = "derive")]
pub use cqrs_derive::{Aggregate, AggregateId, Command, Event, Projection, command_handler, event_handler};
pub use jiff::Timestamp;
pub use location::Location;
pub use message::{
    CausationId, CommandId, CorrelationId, EventId, Metadata, Position, StreamId, Tag, Version,
};
pub use uuid::Uuid;
