//! Entering, moving and removing rows.

use std::sync::PoisonError;

use async_nats::jetstream::message::StreamMessage;
use futures_util::future::try_join_all;

use crate::store::{Due, DueKey, StoreError};

use super::{
    super::stream::Publication,
    AT_ONCE, DueTable, READ, REMOVE, SET,
    index::Entry,
    row::{self, Message},
};

/// How many removals are kept for those who read. If nobody does, the others are found out as those of another process.
const MOST_GONE: usize = 10_000;

impl DueTable {
    /// One of unknown fate is entered once more: if it is there, that is what was wanted.
    pub(in super::super) async fn set(&self, due: &Due) -> Result<Option<Due>, StoreError> {
        match self.enter(due).await {
            Err(StoreError::OutcomeUnknown(_)) => Ok(self.enter(due).await?.filter(|waiting| waiting != due)),
            entered => entered,
        }
    }

    async fn enter(&self, due: &Due) -> Result<Option<Due>, StoreError> {
        loop {
            if self.put(due, Some(0)).await? {
                return Ok(None);
            }
            // What was in the way may be gone since: then there is room now.
            if let Some((waiting, _)) = self.row(SET, &due.key).await? {
                return Ok(Some(waiting));
            }
        }
    }

    pub(in super::super) async fn replace(&self, due: &Due) -> Result<(), StoreError> {
        self.put(due, None).await.map(drop)
    }

    /// `false` if the row is not as it was read.
    pub(in super::super) async fn change(&self, read: &Due, to: &Due) -> Result<bool, StoreError> {
        while let Some((found, sequence)) = self.row(SET, &read.key).await? {
            if found != *read {
                return Ok(false);
            }
            if self.put(to, Some(sequence)).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How many of them were there.
    pub(in super::super) async fn remove(&self, keys: &[DueKey]) -> Result<usize, StoreError> {
        let mut removed = 0;
        for some in keys.chunks(AT_ONCE) {
            let were_there = try_join_all(some.iter().map(|key| self.take(key))).await?;
            removed += were_there.into_iter().filter(|was_there| *was_there).count();
        }
        Ok(removed)
    }

    pub(in super::super) async fn find(&self, key: &DueKey) -> Result<Option<Due>, StoreError> {
        Ok(self.row(READ, key).await?.map(|(due, _)| due))
    }

    /// Stores a row if the last message on its subject has this sequence number.
    async fn put(&self, due: &Due, expected: Option<u64>) -> Result<bool, StoreError> {
        let publication = Publication {
            subject: self.subject(&due.key),
            headers: row::headers(due)?,
            payload: due.payload.clone().into_bytes(),
            expected,
        };
        Ok(self.stream.publish(SET, publication).await?.is_some())
    }

    /// The row under a key, and the sequence number of its message.
    async fn row(&self, operation: &'static str, key: &DueKey) -> Result<Option<(Due, u64)>, StoreError> {
        let Some(found) = self.stream.last(operation, &self.subject(key)).await? else { return Ok(None) };
        let row = self.message(&found).row(&found.payload)?;
        Ok(row.map(|row| (row, found.sequence)))
    }

    async fn take(&self, key: &DueKey) -> Result<bool, StoreError> {
        let subject = self.subject(key);
        // Whoever replaces it meanwhile has another message there.
        while let Some(found) = self.stream.last(REMOVE, &subject).await? {
            if self.stream.delete(REMOVE, found.sequence).await? {
                self.forget(&found);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// One that cannot be read has no entry.
    fn forget(&self, removed: &StreamMessage) {
        if let Ok(Some(spot)) = self.message(removed).spot() {
            let mut gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
            if gone.len() < MOST_GONE {
                gone.push(Entry { spot, sequence: removed.sequence });
            }
        }
    }

    pub(super) fn message<'a>(&'a self, found: &'a StreamMessage) -> Message<'a> {
        let (sequence, subject) = (found.sequence, found.subject.as_str());
        Message { sequence, subject, root: &self.root, headers: Some(&found.headers) }
    }

    fn subject(&self, key: &DueKey) -> String {
        format!("{}{}", self.root, row::subject_of(key))
    }
}
