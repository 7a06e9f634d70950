//! What waits for a time.

use futures_util::future::{BoxFuture, FutureExt};

use crate::store::{
    CommandClaim, CommandFailure, Due, DueKey, DueKind, DueQuery, RecordedCommand, Refusal, ScheduleStore,
    StoreError,
};

use super::MemoryStore;

impl ScheduleStore for MemoryStore {
    fn set_due(&self, due: Due) -> BoxFuture<'_, Result<Option<Due>, StoreError>> {
        async move { Ok(self.open()?.schedule.set(due)) }.boxed()
    }

    fn replace_due(&self, due: Due) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            self.open()?.schedule.replace(due);
            Ok(())
        }
        .boxed()
    }

    fn move_due<'a>(&'a self, read: &'a Due, to: Due) -> BoxFuture<'a, Result<bool, StoreError>> {
        async move { Ok(self.open()?.schedule.change(read, to)) }.boxed()
    }

    fn remove_due<'a>(&'a self, keys: &'a [DueKey]) -> BoxFuture<'a, Result<usize, StoreError>> {
        async move {
            let schedule = &mut self.open()?.schedule;
            Ok(keys.iter().filter(|key| schedule.remove(key)).count())
        }
        .boxed()
    }

    fn refuse_due<'a>(
        &'a self,
        key: &'a DueKey,
        command: &'a CommandClaim,
        refusal: &'a Refusal,
        failure: Option<&'a CommandFailure>,
    ) -> BoxFuture<'a, Result<Option<RecordedCommand>, StoreError>> {
        async move {
            let mut content = self.open()?;
            content.schedule.remove(key);
            let recorded = content.log.refuse(command, refusal);
            if recorded.is_none() {
                content.failures.extend(failure.cloned());
            }
            Ok(recorded)
        }
        .boxed()
    }

    fn find_due<'a>(&'a self, key: &'a DueKey) -> BoxFuture<'a, Result<Option<Due>, StoreError>> {
        async move { Ok(self.open()?.schedule.find(key).cloned()) }.boxed()
    }

    fn due<'a>(&'a self, query: &'a DueQuery, limit: usize) -> BoxFuture<'a, Result<Vec<Due>, StoreError>> {
        async move { Ok(self.open()?.schedule.page(query, limit)) }.boxed()
    }

    fn due_owners(&self, kind: DueKind) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
        async move { Ok(self.open()?.schedule.owners(kind)) }.boxed()
    }
}
