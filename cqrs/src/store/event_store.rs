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
///
/// What is refused leaves nothing behind: neither events nor versions nor a command. An append is refused for the first of
/// these reasons that it gives: its shape ([`Append::check_shape`]), its size or what the engine cannot do, its command, the
/// expectations in their order. So a repeated command is told what came of the first, even where its stream has moved on.
///
/// Any text is a name. Streams, groups, subscriptions and categories are apart, however their names run together.
pub trait EventStore: Send + Sync + 'static {
    /// Stores events. Their ids are taken as they are: the caller sees to it that no two events have the same.
    ///
    /// It fails with [`StoreError::OutcomeUnknown`] where the engine failed in such a way that the write may be there
    /// nevertheless, as after a connection that was lost or a sync that failed in the commit; after every other error it is
    /// not.
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, StoreError>>;

    /// Hands the first `limit` events of the query to the visitor, in order: of a stream by version, else by
    /// position. It is one short read; to read more, ask again from where the page ended.
    ///
    /// A page is complete if nothing of the query was left when it began. A page that is not complete has shown at least one
    /// event, unless the limit is 0, which shows none and tells whether there are any. So a store that looks at a bounded
    /// number of events at a time goes on until it has found one. See [`PageEnd`] for where a page ends.
    fn read<'a>(
        &'a self,
        query: &'a EventQuery,
        limit: usize,
        visit: Visit,
    ) -> BoxFuture<'a, Result<PageEnd, StoreError>>;

    /// Returns the version of a stream's last event; [`Version::NONE`] if it has none.
    fn version<'a>(&'a self, stream: &'a StreamId) -> BoxFuture<'a, Result<Version, StoreError>>;

    /// Returns the position of the last event that readers see.
    fn head(&self) -> BoxFuture<'_, Result<Position, StoreError>>;

    /// Returns what came of a command that was handled before.
    fn command(&self, id: CommandId) -> BoxFuture<'_, Result<Option<RecordedCommand>, StoreError>>;

    /// Changes whenever events may have been added: at least once after an append can be read, and as often as it likes
    /// besides. It only wakes readers up: what it holds is a hint, and a reader that misses a change loses nothing but time.
    fn wake_ups(&self) -> watch::Receiver<Position>;

    /// Returns what the engine can do.
    fn capabilities(&self) -> Capabilities;

    /// Finishes what was accepted, and closes. Later calls fail with [`StoreError::Closed`], of this trait and of its sisters,
    /// by this handle and by its clones; but closing again is no error.
    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>>;
}
