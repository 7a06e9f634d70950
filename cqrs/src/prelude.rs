//! What a domain needs, in one line: `use cqrs::prelude::*;`.
//!
//! `Event`, `Command`, `Aggregate`, `AggregateId` and `Projection` are each a trait and the derive that writes it.
//! The derives `Serialize` and `Deserialize` come from `serde`, which every domain depends on itself.

#[cfg(feature = "derive")]
pub use cqrs_derive::{Aggregate, AggregateId, Command, Event, Projection, command_handler, event_handler};

pub use crate::{
    aggregate::{Aggregate, AggregateId, Id},
    application::Application,
    command::Command,
    dispatch::{DispatchError, Dispatcher, Receipt},
    event::{Envelope, Event, RecordedEvent},
    handler::Ended,
    message::{CommandId, CorrelationId, Metadata, Position, Version},
    projection::Projection,
    repository::{Repository, Root},
    services::Inject,
};

#[cfg(feature = "postgres")]
pub use crate::store::postgres::{PgTransaction, PostgresError, PostgresStore};
#[cfg(feature = "sqlite")]
pub use crate::store::sqlite::{SqliteError, SqliteStore, SqliteTransaction};
