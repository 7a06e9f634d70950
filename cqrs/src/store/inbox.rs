//! How far each listener of an event bus has come in each stream.

use futures_util::future::BoxFuture;

use crate::message::{StreamId, Version};

use super::StoreError;

/// Keeps, for each group of listeners and each stream, the version of the last event that was handled: one row a
/// stream, however many events there are.
///
/// A version moves by compare-and-set: of two listeners that take an event for theirs one wins, and one that slept
/// cannot move the version back.
pub trait InboxStore: Send + Sync + 'static {
    /// Returns the version of the last event of the stream that the group has handled; [`Version::NONE`] if there is none.
    fn last_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
    ) -> BoxFuture<'a, Result<Version, StoreError>>;

    /// Notes that the group has handled the stream up to `to`; `false`, and nothing is noted, if it is no longer at
    /// `from`, or `to` does not come after it. Versions may be left out, and the stream need not be in this store.
    fn record_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
        from: Version,
        to: Version,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;
}
