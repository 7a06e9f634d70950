//! Read models: folds over events, in memory or in the rows of a database.
//!
//! A version that is raised, or a rebuild, begins at the first event. In SQLite, and where a projection says by
//! [`Projection::RESET`] how it is emptied, that happens in place. In PostgreSQL the tables are built in a schema beside
//! that of the store, which takes the right `CREATE` on the database, and take the place of the old ones in one
//! transaction once they have caught up. Until then readers see the old ones, which processes of the old version fill;
//! afterwards those processes are [`Superseded`](crate::subscription::State::Superseded). What was granted on the old tables, or
//! built on them, is not carried over: grants belong into [`Projection::SCHEMA`], and a foreign view keeps the old tables from being
//! replaced until it is dropped.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod apply_error;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod batch;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod facts;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod in_database;
mod in_memory;
mod model;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod partition;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod partitioned;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod projector;
mod run;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod statement;

use crate::{Location, event::RecordedEvent, handler::EventHandlers};

#[cfg(feature = "derive")]
pub use cqrs_derive::Projection;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use apply_error::ApplyError;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use facts::Facts;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use in_database::InDatabase;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use in_database::ProjectionBackend;
pub use model::{Model, ReadGuard};
pub use run::{ReadInMemory, RunProjection};

/// A read model. Its event handlers say what it is made of; where it is kept follows from what they take.
///
/// Usually derived, beside an `#[event_handler]` block.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection",
    label = "not a projection",
    note = "write `#[derive(Projection)]` on `{Self}`"
)]
pub trait Projection: EventHandlers {
    /// The name of its checkpoint; in kebab-case unless the source says otherwise. Changing it makes it another
    /// projection, which starts afresh. Projections for different stores may share a name.
    const NAME: &'static str;

    /// Former names, whose checkpoint it takes over.
    const ALIASES: &'static [&'static str];

    /// The version of what it builds. Raising it builds the projection anew; lowering it is refused.
    const VERSION: u32;

    /// What happens when an event fails for good.
    const ON_FAILURE: OnFailure;

    /// The names of the checkpoints of its partitions, `name/0`, `name/1` and so on; none for one that is not divided. The
    /// number is fixed when the projection is built: to change it, raise the version, too.
    ///
    /// Several processes share a projection that is divided. Each partition has one owner at a time, which applies its
    /// events in order; what belongs together, [`Self::partition_key`] says.
    const PARTITIONS: &'static [&'static str] = &[];

    /// Returns what the order of events is kept for in a projection that is divided: events with the same key are in one
    /// partition. By default it is the stream.
    fn partition_key(event: &RecordedEvent) -> String {
        event.envelope.stream.to_string()
    }

    /// The SQL that creates its tables, for one in a database.
    const SCHEMA: Option<&'static str>;

    /// The SQL that empties it for a rebuild, in place; without it, what [`Self::SCHEMA`] created is created anew, and the
    /// old dropped.
    const RESET: Option<&'static str>;

    /// Where it is declared.
    const LOCATION: Location;
}

/// What a projection does about an event that fails again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// It stops, so that what it shows is old but never wrong. The default.
    Stop,
    /// The event becomes a dead letter and parks its stream; other streams go on. A projection in memory keeps no letters: it
    /// leaves the stream out until it is built anew, and logs why. One that is divided stops at an event that cannot be read,
    /// since it is not known to which partition that belongs.
    Park,
}
