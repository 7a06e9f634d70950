//! What travels: the identities, the metadata and the places of commands and events.
//!
//! Everything else in the framework is built on these values; they know nothing of stores or handlers.

mod cause;
mod generator;
mod ids;
mod metadata;
mod stream;
mod tag;

pub(crate) use cause::Cause;
pub use ids::{CausationId, CommandId, CorrelationId, EventId};
pub use metadata::{Metadata, ReservedHeader};
pub use stream::{Position, StreamId, Version};
pub use tag::Tag;
