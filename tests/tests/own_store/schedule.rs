//! What waits for a time.

use cqrs::store::{
    BoxFuture, CommandClaim, CommandFailure, Due, DueKey, DueKind, DueQuery, RecordedCommand, Refusal,
    ScheduleStore, StoreError,
};

use crate::{entry::Entry, store::FileStore};

impl ScheduleStore for FileStore {
    fn set_due(&self, due: Due) -> BoxFuture<'_, Result<Option<Due>, StoreError>> {
        Box::pin(async move {
            let mut journal = self.open()?;
            let waiting = journal.content.schedule.find(&due.key).cloned();
            if waiting.is_none() {
                journal.commit(vec![Entry::Due(due)])?;
            }
            Ok(waiting)
        })
    }

    fn replace_due(&self, due: Due) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { self.open()?.commit(vec![Entry::Due(due)]) })
    }

    fn move_due<'a>(&'a self, read: &'a Due, to: Due) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let mut journal = self.open()?;
            let is_there = journal.content.schedule.find(&read.key) == Some(read);
            if is_there {
                journal.commit(vec![Entry::Due(to)])?;
            }
            Ok(is_there)
        })
    }

    fn remove_due<'a>(&'a self, keys: &'a [DueKey]) -> BoxFuture<'a, Result<usize, StoreError>> {
        Box::pin(async move {
            let mut journal = self.open()?;
            let is_there = |key: &&DueKey| journal.content.schedule.find(key).is_some();
            let gone: Vec<_> = keys.iter().filter(is_there).cloned().map(Entry::Removed).collect();
            let count = gone.len();
            journal.commit(gone).map(|()| count)
        })
    }

    fn refuse_due<'a>(
        &'a self,
        key: &'a DueKey,
        command: &'a CommandClaim,
        refusal: &'a Refusal,
        failure: Option<&'a CommandFailure>,
    ) -> BoxFuture<'a, Result<Option<RecordedCommand>, StoreError>> {
        Box::pin(async move {
            let mut journal = self.open()?;
            let recorded = journal.content.commands.get(&command.id).cloned();
            let mut entries = vec![Entry::Removed(key.clone())];
            if recorded.is_none() {
                entries.push(Entry::Command(RecordedCommand::refused(command, refusal.clone())));
                entries.extend(failure.cloned().map(Entry::Failure));
            }
            journal.commit(entries).map(|()| recorded)
        })
    }

    fn find_due<'a>(&'a self, key: &'a DueKey) -> BoxFuture<'a, Result<Option<Due>, StoreError>> {
        Box::pin(async move { Ok(self.open()?.content.schedule.find(key).cloned()) })
    }

    fn due<'a>(&'a self, query: &'a DueQuery, limit: usize) -> BoxFuture<'a, Result<Vec<Due>, StoreError>> {
        Box::pin(async move { Ok(self.open()?.content.schedule.page(query, limit)) })
    }

    fn due_owners(&self, kind: DueKind) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
        Box::pin(async move { Ok(self.open()?.content.schedule.owners(kind)) })
    }
}
