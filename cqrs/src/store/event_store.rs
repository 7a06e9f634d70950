//! The log itself.

use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::message::{CommandId, Position, StreamId, Version};

use super::{Append, Appended, Capabilities, EventQuery, PageEnd, RecordedCommand, StoreError, Visit};

/// A log of events in streams.
///
/// Every implementation keeps these promises; [`crate::testing::store`] checks them:
///
/// - An append is all or nothing, and happens only if the expectation of every stream holds.
/// - Success means durable, to the degree the store was opened for, and that every event was stored.
/// - The versions of a stream are 1, 2, 3, … without gaps.
/// - Positions increase in commit order as any reader sees them: a reader that saw position p never later finds
///   an event below p. They are never used twice.
/// - A command id is stored with its write, and never a second time.
/// - Concurrent appends never harm each other: one that conflicts, is a double or is too large fails alone.
/// - A dropped append future leaves the write wholly there or not at all.
pub trait EventStore: Send + Sync + 'static {
    /// Stores events.
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, StoreError>>;

    /// Hands the first `limit` events of the query to the visitor, in order: of a stream by version, else by
    /// position. It is one short read; whoever wants more asks again from where the page ended.
    fn read<'a>(
        &'a self,
        query: &'a EventQuery,
        limit: usize,
        visit: Visit,
    ) -> BoxFuture<'a, Result<PageEnd, StoreError>>;

    /// The version of a stream's last event; [`Version::NONE`] if it has none.
    fn version<'a>(&'a self, stream: &'a StreamId) -> BoxFuture<'a, Result<Version, StoreError>>;

    /// The position of the last event that readers see.
    fn head(&self) -> BoxFuture<'_, Result<Position, StoreError>>;

    /// What came of a command that was handled before.
    fn command(&self, id: CommandId) -> BoxFuture<'_, Result<Option<RecordedCommand>, StoreError>>;

    /// Changes whenever events may have been added. It only wakes readers up: what it holds is a hint, and a
    /// reader that misses a change loses nothing but time.
    fn wake_ups(&self) -> watch::Receiver<Position>;

    /// What the engine can do.
    fn capabilities(&self) -> Capabilities;

    /// Finishes what was accepted, and closes. Later calls fail with [`StoreError::Closed`].
    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>>;
}
