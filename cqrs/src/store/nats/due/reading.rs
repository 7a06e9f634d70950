//! Reading what is due.

use futures_util::future::try_join_all;
use hashlink::LruCache;

use crate::store::{Due, DueKind, DueQuery, StoreError};

use super::{
    super::stream::State,
    AT_ONCE, DueTable, READ,
    index::{Entry, Index},
};

/// How many rows are remembered: a poller looks through some pages again and again, while it waits for what it has begun.
const REMEMBERED: usize = 4_096;

/// What a process knows of what waits.
pub(super) struct Reader {
    pub(super) index: Index,
    /// Rows by the sequence numbers of their messages, none of which ever changes.
    rows: LruCache<u64, Due>,
    /// How many rows were fetched although they were remembered, only to see whether they are there.
    in_vain: u64,
}

impl Default for Reader {
    fn default() -> Self {
        Self { index: Index::default(), rows: LruCache::new(REMEMBERED), in_vain: 0 }
    }
}

impl Reader {
    /// Whether the index is better derived anew: half of it has gone, or as much was fetched in vain as that would be.
    pub(super) fn is_worn(&self, state: &State) -> bool {
        let gone = self.index.len().saturating_sub(state.messages);
        gone > self.index.len() / 2 || (gone > 0 && self.in_vain > self.index.len())
    }

    fn remembered(&mut self, entry: &Entry) -> Option<Due> {
        self.rows.get(&entry.sequence).cloned()
    }

    fn fetched(&mut self, entry: &Entry, row: Option<&Due>) {
        match row {
            Some(row) => drop(self.rows.insert(entry.sequence, row.clone())),
            None => self.index.leave(entry),
        }
    }

    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

impl DueTable {
    pub(in super::super) async fn page(
        &self,
        query: &DueQuery,
        limit: usize,
    ) -> Result<Vec<Due>, StoreError> {
        let mut reader = self.reader.lock().await;
        loop {
            let exact = self.catch_up(&mut reader).await?;
            let entries = reader.index.page(query, limit);
            if let Some(rows) = self.rows(&mut reader, &entries, exact).await? {
                return Ok(rows);
            }
        }
    }

    pub(in super::super) async fn owners(&self, kind: DueKind) -> Result<Vec<String>, StoreError> {
        let mut reader = self.reader.lock().await;
        loop {
            let exact = self.catch_up(&mut reader).await?;
            let firsts = reader.index.firsts(kind);
            if exact || self.rows(&mut reader, &firsts, exact).await?.is_some() {
                return Ok(firsts.into_iter().map(|entry| entry.spot.owner.into()).collect());
            }
        }
    }

    /// The rows of these entries; `None` if one of them has gone, and has left the index.
    async fn rows(
        &self,
        reader: &mut Reader,
        entries: &[Entry],
        exact: bool,
    ) -> Result<Option<Vec<Due>>, StoreError> {
        let mut page: Vec<_> = entries.iter().map(|entry| reader.remembered(entry)).collect();
        let asked: Vec<_> = (0..page.len()).filter(|at| !exact || page[*at].is_none()).collect();
        reader.in_vain += asked.iter().filter(|at| page[**at].is_some()).count() as u64;
        for some in asked.chunks(AT_ONCE) {
            let fetched = try_join_all(some.iter().map(|at| self.row_at(entries[*at].sequence))).await?;
            for (at, row) in some.iter().zip(fetched) {
                reader.fetched(&entries[*at], row.as_ref());
                page[*at] = row;
            }
        }
        Ok(page.into_iter().collect())
    }

    async fn row_at(&self, sequence: u64) -> Result<Option<Due>, StoreError> {
        let Some(found) = self.stream.at(READ, sequence).await? else { return Ok(None) };
        self.message(&found).row(&found.payload)
    }
}
