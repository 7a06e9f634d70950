//! The one place where things wait.

use futures_util::future::{BoxFuture, ready};

use crate::store::{CommandClaim, CommandFailure, RecordedCommand, Refusal, StoreError};

use super::{Due, DueKey, DueKind, DueQuery};

/// Keeps what waits for a time: the store's one due table.
///
/// Nothing here decides that a time has come, or who acts on it: rows are read by whoever has a lease, by the time its clock
/// tells. A row that is read may be gone, or be read by a former owner of the lease, when it is acted on; so what is done about
/// it is claimed by an id of its own, as a command is.
///
/// [`KeptSchedule`](super::KeptSchedule) is the rules as plain code, for a store that keeps such a value and changes it in
/// transactions. A store without a due table has none of these methods, says so by
/// [`Capabilities::schedules`](crate::store::Capabilities::schedules), and refuses with [`StoreError::Unsupported`].
pub trait ScheduleStore: Send + Sync + 'static {
    /// Enters a row, unless one waits under its key: that one stays as it is, and is returned.
    fn set_due(&self, due: Due) -> BoxFuture<'_, Result<Option<Due>, StoreError>> {
        let _ = due;
        unsupported()
    }

    /// Enters a row, in place of the one that waits under its key.
    fn replace_due(&self, due: Due) -> BoxFuture<'_, Result<(), StoreError>> {
        let _ = due;
        unsupported()
    }

    /// Replaces a row that is as it was read by its other form under the same key; `false`, and nothing is changed, if it is gone or
    /// has changed since.
    fn move_due<'a>(&'a self, read: &'a Due, to: Due) -> BoxFuture<'a, Result<bool, StoreError>> {
        let _ = (read, to);
        unsupported()
    }

    /// Removes rows, and returns how many of them were there.
    fn remove_due<'a>(&'a self, keys: &'a [DueKey]) -> BoxFuture<'a, Result<usize, StoreError>> {
        let _ = keys;
        unsupported()
    }

    /// Removes a row, and in the same transaction keeps under the command's id that the command is refused, and the failure, if there
    /// is one to be kept. If the id has a record already, that one stays and is returned, and no failure is kept; the row is
    /// removed all the same. So of a refusal and an append under one id, one is true.
    ///
    /// A store without such transactions removes the row last: if a process dies before, the row is left, and whoever acts on it finds
    /// the refusal.
    fn refuse_due<'a>(
        &'a self,
        key: &'a DueKey,
        command: &'a CommandClaim,
        refusal: &'a Refusal,
        failure: Option<&'a CommandFailure>,
    ) -> BoxFuture<'a, Result<Option<RecordedCommand>, StoreError>> {
        let _ = (key, command, refusal, failure);
        unsupported()
    }

    /// Returns the row that waits under a key.
    fn find_due<'a>(&'a self, key: &'a DueKey) -> BoxFuture<'a, Result<Option<Due>, StoreError>> {
        let _ = key;
        unsupported()
    }

    /// Returns the first rows that a query wants, `limit` at most, by time and key.
    fn due<'a>(&'a self, query: &'a DueQuery, limit: usize) -> BoxFuture<'a, Result<Vec<Due>, StoreError>> {
        let _ = (query, limit);
        unsupported()
    }

    /// Returns for whom something of a kind waits, sorted. It takes time for each owner, and none for each row.
    fn due_owners(&self, kind: DueKind) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
        let _ = kind;
        unsupported()
    }
}

fn unsupported<'a, T: Send + 'a>() -> BoxFuture<'a, Result<T, StoreError>> {
    Box::pin(ready(Err(StoreError::Unsupported("keep what waits for a time"))))
}
