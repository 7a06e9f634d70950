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
    cursor::{Cursor, Start},
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
        let mut cursor = self.failures_from(correlation_id, limit).await?;
        let mut latest = VecDeque::new();
        while let Some(delivered) = cursor.front(limit).await? {
            let failure = serde_json::from_slice(&delivered.message.payload);
            let failure = failure.map_err(|error| {
                fault::damaged(
                    format!("failed command {} of {}", delivered.sequence, self.failures.name),
                    error,
                )
            })?;
            if latest.len() == limit {
                latest.pop_front();
            }
            latest.push_back(failure);
            cursor.pop();
        }
        cursor.retire().await;
        Ok(latest)
    }

    /// Those of one piece of business, or the last of all; none is ever removed, so they are counted from the end.
    async fn failures_from(
        &self,
        correlation_id: Option<CorrelationId>,
        limit: usize,
    ) -> Result<Cursor, StoreError> {
        let (part, start) = match correlation_id {
            Some(id) => (id.to_string(), 1),
            None => {
                let last = self.failures.last_sequence(READ).await?;
                (">".into(), last.saturating_sub(limit as u64) + 1)
            }
        };
        let filter = format!("{}.failures.{part}", self.prefix);
        Cursor::open(self.failures.clone(), READ, filter, Start::At(start)).await
    }
}
