//! Entries of a key-value bucket, changed by compare-and-set.
//!
//! Invariant: an entry is replaced only at the revision it was read at, so of several who change it from the same
//! state one wins, and the others read again. Revisions are sequence numbers and are never used twice; that of an entry
//! nobody ever wrote is 0.

use async_nats::{HeaderMap, jetstream::message::StreamMessage};
use serde::{Serialize, de::DeserializeOwned};

use crate::{json, store::StoreError};

use super::{
    cursor::{Cursor, Start},
    fault,
    stream::{Publication, Stream},
};

/// A bucket.
#[derive(Clone)]
pub(crate) struct Table {
    stream: Stream,
    /// What all its subjects begin with.
    root: String,
}

/// An entry as it was read.
pub(crate) struct Entry<T> {
    /// `None` if it is not there, or was removed.
    pub(crate) value: Option<T>,
    pub(crate) revision: u64,
}

/// Marks the removal of an entry, as other programs know it.
const OPERATION: &str = "KV-Operation";
const REMOVED: &str = "DEL";

impl Table {
    pub(crate) fn new(stream: Stream) -> Self {
        let root = format!("$KV.{}.", stream.name.trim_start_matches("KV_"));
        Self { stream, root }
    }

    /// The connection it uses.
    pub(crate) fn client(&self) -> async_nats::Client {
        self.stream.connection.client()
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        key: &str,
    ) -> Result<Entry<T>, StoreError> {
        match self.stream.last(operation, &self.subject(key)).await? {
            Some(StreamMessage { headers, payload, sequence, .. }) => {
                self.entry(key, sequence, Some(&headers), &payload)
            }
            None => Ok(Entry { value: None, revision: 0 }),
        }
    }

    /// Replaces the entry and gives its new revision; `None` if it no longer has this one.
    pub(crate) async fn put<T: Serialize>(
        &self,
        operation: &'static str,
        key: &str,
        value: &T,
        revision: u64,
    ) -> Result<Option<u64>, StoreError> {
        let payload = serde_json::to_vec(value).map_err(|error| fault::engine(operation, error))?;
        self.write(operation, key, HeaderMap::new(), payload, revision).await
    }

    /// Removes the entry; `false` if it no longer has this revision.
    pub(crate) async fn remove(
        &self,
        operation: &'static str,
        key: &str,
        revision: u64,
    ) -> Result<bool, StoreError> {
        let mut headers = HeaderMap::new();
        headers.insert(OPERATION, REMOVED);
        Ok(self.write(operation, key, headers, Vec::new(), revision).await?.is_some())
    }

    async fn write(
        &self,
        operation: &'static str,
        key: &str,
        headers: HeaderMap,
        payload: Vec<u8>,
        revision: u64,
    ) -> Result<Option<u64>, StoreError> {
        let publication =
            Publication { subject: self.subject(key), headers, payload, expected: Some(revision) };
        self.stream.publish(operation, publication).await
    }

    /// All entries whose keys begin with `parts`, which are whole parts of a key.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        parts: &str,
    ) -> Result<Vec<T>, StoreError> {
        let mut values = Vec::new();
        self.visit(operation, parts, |value| values.push(value)).await?;
        Ok(values)
    }

    /// Gives all entries whose keys begin with `parts`, which are whole parts of a key, one after the other.
    pub(crate) async fn visit<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        parts: &str,
        mut visit: impl FnMut(T),
    ) -> Result<(), StoreError> {
        let filter = format!("{}{parts}.>", self.root);
        let last = self.stream.last_sequence_of(operation, &filter).await?;
        let mut cursor = Cursor::open(self.stream.clone(), operation, filter, Start::LastOfEach).await?;
        while let Some(delivered) = cursor.front(usize::MAX, last).await? {
            let message = &delivered.message;
            let key = message.subject.trim_start_matches(&self.root);
            let entry = self.entry(key, delivered.sequence, message.headers.as_ref(), &message.payload)?;
            entry.value.into_iter().for_each(&mut visit);
            cursor.pop();
        }
        cursor.retire().await;
        Ok(())
    }

    fn entry<T: DeserializeOwned>(
        &self,
        key: &str,
        revision: u64,
        headers: Option<&HeaderMap>,
        payload: &[u8],
    ) -> Result<Entry<T>, StoreError> {
        if headers.is_some_and(|headers| headers.get(OPERATION).is_some()) {
            return Ok(Entry { value: None, revision });
        }
        let value = json::parse(payload).map_err(|error| {
            fault::damaged(format!("entry `{key}` of {}, revision {revision}", self.stream.name), error)
        })?;
        Ok(Entry { value: Some(value), revision })
    }

    fn subject(&self, key: &str) -> String {
        format!("{}{key}", self.root)
    }
}
