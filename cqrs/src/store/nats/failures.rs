//! Commands that failed, a message for each.

use std::collections::VecDeque;

use async_nats::HeaderMap;
use futures_util::future::BoxFuture;

use crate::{
    message::CorrelationId,
    store::{CommandFailure, FailureStore, StoreError},
};

use super::{
    NatsStore,
    cursor::{Cursor, Delivered, Start},
    fault,
    store::Inside,
    stream::Publication,
};

const READ: &str = "read failed commands";
const KEEP: &str = "keep a failed command";

impl FailureStore for NatsStore {
    fn record_failure(&self, failure: CommandFailure) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let inside = self.enter().await?;
            let subject = format!("{}.failures.{}", inside.prefix, failure.metadata.correlation_id);
            let payload = serde_json::to_vec(&failure).map_err(|error| fault::engine(KEEP, error))?;
            let publication = Publication { subject, headers: HeaderMap::new(), payload, expected: None };
            inside.failures.publish(KEEP, publication).await.map(drop)
        })
    }

    fn failures(
        &self,
        correlation_id: Option<CorrelationId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<CommandFailure>, StoreError>> {
        Box::pin(async move {
            let inside = self.enter().await?;
            if limit == 0 {
                return Ok(Vec::new());
            }
            let mut latest = inside.latest_failures(correlation_id, limit).await?;
            latest.make_contiguous().sort_by_key(|failure| failure.metadata.time);
            Ok(latest.into())
        })
    }
}

impl Inside<'_> {
    async fn latest_failures(
        &self,
        correlation_id: Option<CorrelationId>,
        limit: usize,
    ) -> Result<VecDeque<CommandFailure>, StoreError> {
        let part = correlation_id.map_or_else(|| ">".into(), |id| id.to_string());
        let filter = format!("{}.failures.{part}", self.prefix);
        let last = self.failures.last_sequence_of(READ, &filter).await?;
        // None is ever removed, so the last of all can be counted from the end.
        let before = if correlation_id.is_some() { 0 } else { last.saturating_sub(limit as u64) };
        let mut cursor = Cursor::open(self.failures.clone(), READ, filter, Start::After(before)).await?;
        let mut latest = VecDeque::new();
        while let Some(delivered) = cursor.front(limit, last).await? {
            if latest.len() == limit {
                latest.pop_front();
            }
            latest.push_back(self.failure(delivered)?);
            cursor.pop();
        }
        cursor.retire().await;
        Ok(latest)
    }

    fn failure(&self, delivered: &Delivered) -> Result<CommandFailure, StoreError> {
        serde_json::from_slice(&delivered.message.payload).map_err(|error| {
            fault::damaged(format!("message {} of {}", delivered.sequence, self.failures.name), error)
        })
    }
}
