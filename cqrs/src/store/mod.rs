//! The event store: the log, which is the one source of truth and the outbox of everything else.
//!
//! [`Store`] is what an application runs on; it is the sum of six traits, each one concern. The promises that
//! every store keeps are written at the methods and checked by [`crate::testing::store`].

mod append;
mod capabilities;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "nats"))]
mod check;
mod dead_letter;
mod due;
mod error;
mod event_store;
mod failure;
mod horizon_report;
mod inbox;
mod kept_subscription;
mod letter_query;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "nats"))]
mod located;
mod matching;
mod page;
mod parked_stream;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod partitions;
mod patience;
mod query;
mod read;
mod settlement;
mod snapshot;
#[cfg(test)]
mod statements;
mod subscription;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod time;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod waiting;

pub mod memory;
#[cfg(feature = "nats")]
pub mod nats;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;

use std::{any::Any, time::Duration};

pub use crate::shared_error::SharedError;
pub use append::{
    Append, Appended, AppendedStream, CommandClaim, CommandForm, Expected, Fingerprint, NewEvent,
    RecordedCommand, Refusal, RefusalReason, StreamWrite,
};
pub use capabilities::{Capabilities, Idempotency};
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "nats"))]
pub use check::{CheckReport, Damage, StoredType};
pub use dead_letter::{DeadLetter, DeadLetterKey, DeadLetterState, LetterQueue};
pub use due::{Due, DueKey, DueKind, DueQuery, KeptSchedule, ScheduleStore};
pub use error::StoreError;
pub use event_store::EventStore;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use failure::FoundOfFailure;
pub use failure::{CommandFailure, FailureStore};
/// What the methods of a store return: written by hand, the same as `async fn` in a trait that can be used as `dyn`.
pub use futures_util::future::BoxFuture;
pub(crate) use horizon_report::listed;
pub use horizon_report::{Blocker, HorizonReport};
pub use inbox::InboxStore;
pub use kept_subscription::{KeptSubscription, LeaseHolder};
pub use letter_query::DeadLetterQuery;
pub use page::PageBuilder;
pub use parked_stream::ParkedStream;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use partitions::{PartitionStore, PartitionView};
pub use query::EventQuery;
pub(crate) use read::read_page_within;
pub use read::{PageEnd, Visit, read_page, visit_all};
pub use settlement::{LetterChange, Settlement};
pub use snapshot::{Snapshot, SnapshotStore};
pub use subscription::{
    LONGEST_LEASE, Lease, LeaseInSight, Subscription, SubscriptionStart, SubscriptionStore,
};

/// Everything an application needs of its store.
pub trait Store:
    EventStore + SnapshotStore + SubscriptionStore + FailureStore + InboxStore + ScheduleStore
{
    /// Returns the store itself, so that a projection can find the one whose transactions it writes in.
    fn as_any(&self) -> &dyn Any;

    /// Returns what the store is called in messages: `memory`, `SQLite`, `PostgreSQL`, `NATS JetStream`.
    fn name(&self) -> &'static str;

    /// Returns why appends of this process fail at present, as far as the last of them told: for want of a connection, for
    /// example. Nothing by default. [`Application::health`](crate::Application::health) says it.
    fn append_failure(&self) -> Option<StoreError> {
        None
    }

    /// Resolves once readers see everything that was stored before the call, with the position of the last event that they
    /// see. In a store whose readers see what is appended at once, as by default, they do already. In another, where
    /// a transaction adds an event and does not end, it waits for that transaction, logs a warning, and after `limit` fails with
    /// [`StoreError::HeldUp`], which names it. For a store that is away it waits as long.
    fn wait_for_head(&self, limit: Duration) -> BoxFuture<'_, Result<crate::Position, StoreError>> {
        Box::pin(patience::within(limit, move || self.head()))
    }

    /// Returns how far the log may be read, and the transactions that have held readers up for longer than a time. In a store
    /// whose readers see what is appended at once, as by default, there are none.
    fn horizon(&self, longer_than: Duration) -> BoxFuture<'_, Result<HorizonReport, StoreError>> {
        let _ = longer_than;
        Box::pin(async {
            let head = self.head().await?;
            Ok(HorizonReport { head, drawn: head, blockers: Vec::new() })
        })
    }
}
