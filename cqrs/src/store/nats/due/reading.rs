//! Reading what is due.

use futures_util::future::try_join_all;

use crate::store::{Due, DueKind, DueQuery, StoreError};

use super::{
    AT_ONCE, DueTable, READ,
    index::{Entry, Index},
};

impl DueTable {
    pub(in super::super) async fn page(
        &self,
        query: &DueQuery,
        limit: usize,
    ) -> Result<Vec<Due>, StoreError> {
        let mut index = self.index.lock().await;
        loop {
            self.catch_up(&mut index).await?;
            let entries = index.page(query, limit);
            if let Some(rows) = self.fetch(&mut index, &entries).await? {
                return Ok(rows);
            }
        }
    }

    pub(in super::super) async fn owners(&self, kind: DueKind) -> Result<Vec<String>, StoreError> {
        let mut index = self.index.lock().await;
        loop {
            self.catch_up(&mut index).await?;
            let firsts = index.firsts(kind);
            if self.fetch(&mut index, &firsts).await?.is_some() {
                return Ok(firsts.into_iter().map(|entry| entry.spot.owner.into()).collect());
            }
        }
    }

    /// The rows of these entries; `None` if one of them has gone, and has left the index.
    async fn fetch(&self, index: &mut Index, entries: &[Entry]) -> Result<Option<Vec<Due>>, StoreError> {
        let mut rows = Vec::with_capacity(entries.len());
        for some in entries.chunks(AT_ONCE) {
            rows.extend(try_join_all(some.iter().map(|entry| self.row_at(entry.sequence))).await?);
        }
        for (entry, row) in entries.iter().zip(&rows) {
            if row.is_none() {
                index.leave(entry);
            }
        }
        Ok(rows.into_iter().collect())
    }

    async fn row_at(&self, sequence: u64) -> Result<Option<Due>, StoreError> {
        let Some(found) = self.stream.at(READ, sequence).await? else { return Ok(None) };
        self.message(&found).row(&found.payload)
    }
}
