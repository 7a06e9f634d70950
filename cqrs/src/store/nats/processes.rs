//! Where processes stand, an entry for each.
//!
//! Invariant: an entry is replaced by one of a higher version only; so whoever writes one twice, or late, does no harm.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;

use crate::store::{ProcessCounts, ProcessQuery, ProcessRow, StoreError};

use super::{store::Shared, subject};

const PROCESSES: &str = "processes";
const KEEP: &str = "keep where a process stands";
const READ: &str = "read where processes stand";

impl Shared {
    /// Keeps rows, except where there is one that is as new.
    pub(super) async fn keep_processes(&self, rows: &[ProcessRow]) -> Result<(), StoreError> {
        try_join_all(rows.iter().map(|row| self.keep_process(row))).await.map(drop)
    }

    async fn keep_process(&self, row: &ProcessRow) -> Result<(), StoreError> {
        let key = format!("{PROCESSES}.{}", subject::of_stream(&row.process));
        loop {
            let entry = self.subscriptions.get::<ProcessRow>(KEEP, &key).await?;
            if entry.value.is_some_and(|kept| kept.version >= row.version) {
                return Ok(());
            }
            if self.subscriptions.put(KEEP, &key, row, entry.revision).await?.is_some() {
                return Ok(());
            }
        }
    }

    /// Reads all of the category, and keeps no more than the page: the server has them in no order of ours.
    pub(super) async fn process_page(
        &self,
        query: &ProcessQuery,
        limit: usize,
    ) -> Result<Vec<ProcessRow>, StoreError> {
        let mut first = BTreeMap::new();
        self.each_process(&query.category, |row| {
            if query.matches(&row) {
                first.insert(row.process.key().to_owned(), row);
                if first.len() > limit {
                    first.pop_last();
                }
            }
        })
        .await?;
        Ok(first.into_values().collect())
    }

    pub(super) async fn count_processes(&self, category: &str) -> Result<ProcessCounts, StoreError> {
        let mut counts = ProcessCounts::default();
        self.each_process(category, |row| counts.count(&row)).await?;
        Ok(counts)
    }

    async fn each_process(&self, category: &str, each: impl FnMut(ProcessRow)) -> Result<(), StoreError> {
        let part = format!("{PROCESSES}.{}", subject::token(category));
        self.subscriptions.visit::<ProcessRow>(READ, &part, each).await
    }
}
