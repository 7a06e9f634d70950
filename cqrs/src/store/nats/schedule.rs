//! What waits for a time, behind the trait.
//!
//! Invariant of [`refuse_due`](ScheduleStore::refuse_due): the row goes last. A process that dies before leaves the row, and whoever
//! acts on it finds the refusal under the command's id, or finishes it (see `refusing.rs`), and removes the row. What
//! may be missing then is the failure that is kept for people; the refusal has its text.

use futures_util::future::BoxFuture;

use crate::store::{
    CommandClaim, CommandFailure, Due, DueKey, DueKind, DueQuery, RecordedCommand, Refusal, ScheduleStore,
    StoreError,
};

use super::NatsStore;

impl ScheduleStore for NatsStore {
    fn set_due(&self, due: Due) -> BoxFuture<'_, Result<Option<Due>, StoreError>> {
        Box::pin(async move { self.enter().await?.due.set(&due).await })
    }

    fn replace_due(&self, due: Due) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { self.enter().await?.due.replace(&due).await })
    }

    fn move_due<'a>(&'a self, read: &'a Due, to: Due) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { self.enter().await?.due.change(read, &to).await })
    }

    fn remove_due<'a>(&'a self, keys: &'a [DueKey]) -> BoxFuture<'a, Result<usize, StoreError>> {
        Box::pin(async move { self.enter().await?.due.remove(keys).await })
    }

    fn refuse_due<'a>(
        &'a self,
        key: &'a DueKey,
        command: &'a CommandClaim,
        refusal: &'a Refusal,
        failure: Option<&'a CommandFailure>,
    ) -> BoxFuture<'a, Result<Option<RecordedCommand>, StoreError>> {
        Box::pin(async move {
            let inside = self.enter().await?;
            let recorded = inside.appends.refuse(command, refusal).await?;
            if let (None, Some(failure)) = (&recorded, failure) {
                inside.keep_failure(failure).await?;
            }
            inside.due.remove(std::slice::from_ref(key)).await?;
            Ok(recorded)
        })
    }

    fn find_due<'a>(&'a self, key: &'a DueKey) -> BoxFuture<'a, Result<Option<Due>, StoreError>> {
        Box::pin(async move { self.enter().await?.due.find(key).await })
    }

    fn due<'a>(&'a self, query: &'a DueQuery, limit: usize) -> BoxFuture<'a, Result<Vec<Due>, StoreError>> {
        Box::pin(async move { self.enter().await?.due.page(query, limit).await })
    }

    fn due_owners(&self, kind: DueKind) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
        Box::pin(async move { self.enter().await?.due.owners(kind).await })
    }
}
