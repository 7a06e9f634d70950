//! What a domain needs, in one line: `use cqrs::prelude::*;`.
//!
//! `Event`, `Command`, `Aggregate`, `AggregateId`, `ProcessManager` and `Projection` are each a trait and the derive that writes it; so are
//! serde's `Serialize` and `Deserialize`, whose derives need `serde` among the dependencies.

pub use serde::{Deserialize, Serialize};

#[cfg(feature = "derive")]
pub use cqrs_derive::{command_handler, event_handler};

pub use crate::{
    aggregate::{Aggregate, AggregateId, Id},
    application::Application,
    command::Command,
    dispatch::{DispatchError, Dispatcher, Receipt},
    event::{Envelope, Event, RecordedEvent},
    handler::Ended,
    message::{CommandId, CorrelationId, Metadata, Position, Version},
    process::{Outbox, ProcessManager, Refused},
    projection::Projection,
    repository::{Repository, Root},
    services::Inject,
    store::memory::MemoryStore,
};

#[cfg(feature = "nats")]
pub use crate::store::nats::NatsStore;
#[cfg(feature = "postgres")]
pub use crate::store::postgres::{PgTransaction, PostgresError, PostgresStore};
#[cfg(feature = "sqlite")]
pub use crate::store::sqlite::{SqliteError, SqliteStore, SqliteTransaction};
