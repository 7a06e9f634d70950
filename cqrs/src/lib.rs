#![doc = include_str!("../docs/landing.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(unreachable_pub)]

// The macros write `::cqrs::..`; this lets the crate's own tests and examples use them, too.
#[allow(unused_extern_crates, reason = "only macros name the crate")]
extern crate self as cqrs;

pub mod aggregate;
pub mod application;
pub mod bus;
pub mod clock;
pub mod command;
pub mod dispatch;
mod error_chain;
pub mod event;
#[cfg(doc)]
#[cfg(any(not(doctest), all(feature = "derive", feature = "sqlite")))]
pub mod guide;
pub mod handler;
mod json;
mod location;
pub mod message;
mod panics;
pub mod prelude;
pub mod process;
pub mod projection;
pub mod registry;
pub mod repository;
pub mod schedule;
pub mod services;
mod shared_error;
pub mod store;
pub mod subscription;
#[cfg(feature = "testing")]
pub mod testing;

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;

pub use aggregate::{Aggregate, AggregateId};
pub use application::Application;
pub use command::Command;
#[cfg(feature = "derive")]
pub use cqrs_derive::{command_handler, event_handler};
pub use event::Event;
pub use jiff::Timestamp;
pub use location::Location;
pub use message::{
    CausationId, CommandId, CorrelationId, EventId, Metadata, Position, ReservedHeader, StreamId, Tag,
    Version,
};
pub use process::ProcessManager;
pub use projection::Projection;
pub use uuid::Uuid;

/// The driver of the SQLite store, in the version that fits: for the SQL of projections.
#[cfg(feature = "sqlite")]
pub use rusqlite;
/// The driver of the PostgreSQL store, in the version that fits: for the SQL of projections.
#[cfg(feature = "postgres")]
pub use sqlx;
