//! The event store: the log, which is the one source of truth and the outbox of everything else.
//!
//! [`Store`] is what an application runs on; it is the sum of five traits, each one concern. The promises that
//! every store keeps are written at the methods and checked by [`crate::testing::store`].

mod append;
mod capabilities;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod check;
mod error;
mod event_store;
mod failure;
mod horizon_report;
mod inbox;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod partitions;
mod query;
mod read;
mod snapshot;
mod subscription;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod time;

pub mod memory;
#[cfg(feature = "nats")]
pub mod nats;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;

use std::{any::Any, time::Duration};

use futures_util::future::BoxFuture;

pub use append::{
    Append, Appended, AppendedStream, CommandClaim, Expected, Fingerprint, NewEvent, RecordedCommand,
    StreamWrite,
};
pub use capabilities::{Capabilities, Idempotency};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use check::{CheckReport, Problem, StoredType};
pub use error::{SharedError, StoreError};
pub use event_store::EventStore;
pub use failure::{CommandFailure, FailureStore};
pub use horizon_report::{Blocker, HorizonReport};
pub use inbox::InboxStore;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use partitions::{PartitionStore, PartitionView};
pub use query::EventQuery;
pub(crate) use read::read_page_within;
pub use read::{PageEnd, Visit, read_page, visit_all};
pub use snapshot::{Snapshot, SnapshotStore};
pub use subscription::{
    DeadLetter, DeadLetterKey, DeadLetterState, Lease, Subscription, SubscriptionStart, SubscriptionStore,
};

/// Everything an application needs of its store.
pub trait Store: EventStore + SnapshotStore + SubscriptionStore + FailureStore + InboxStore {
    /// The store itself, so that a projection can find the one whose transactions it writes in.
    fn as_any(&self) -> &dyn Any;

    /// What the store is called in messages: `memory`, `SQLite`, `PostgreSQL`, `NATS JetStream`.
    fn name(&self) -> &'static str;

    /// How far the log may be read, and the transactions that have held readers up for longer than a time. In a store
    /// whose readers see what is appended at once, as by default, there are none.
    fn horizon(&self, longer_than: Duration) -> BoxFuture<'_, Result<HorizonReport, StoreError>> {
        let _ = longer_than;
        Box::pin(async {
            let head = self.head().await?;
            Ok(HorizonReport { head, drawn: head, blockers: Vec::new() })
        })
    }
}
