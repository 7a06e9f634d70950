//! Commands that failed, a message for each.

use std::collections::BTreeMap;

use async_nats::HeaderMap;
use futures_util::future::BoxFuture;

use crate::{
    json,
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
        Box::pin(async move { self.enter().await?.keep_failure(&failure).await })
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
            inside.latest_failures(correlation_id, limit).await
        })
    }
}

impl Inside<'_> {
    pub(super) async fn keep_failure(&self, failure: &CommandFailure) -> Result<(), StoreError> {
        let subject = format!("{}.failures.{}", self.prefix, failure.metadata.correlation_id);
        let payload = serde_json::to_vec(failure).map_err(|error| fault::engine(KEEP, error))?;
        let publication = Publication { subject, headers: HeaderMap::new(), payload, expected: None };
        self.failures.publish(KEEP, publication).await.map(drop)
    }

    async fn latest_failures(
        &self,
        correlation_id: Option<CorrelationId>,
        limit: usize,
    ) -> Result<Vec<CommandFailure>, StoreError> {
        let part = correlation_id.map_or_else(|| ">".into(), |id| id.to_string());
        let filter = format!("{}.failures.{part}", self.prefix);
        let last = self.failures.last_sequence_of(READ, &filter).await?;
        let mut cursor = Cursor::open(self.failures.clone(), READ, filter, Start::After(0)).await?;
        // By time, which is another order than that of storing: clocks differ, and a failure may be recorded late.
        let mut latest = BTreeMap::new();
        while let Some(delivered) = cursor.front(usize::MAX, last).await? {
            let failure = self.failure(delivered)?;
            latest.insert((failure.metadata.time, delivered.sequence), failure);
            if latest.len() > limit {
                latest.pop_first();
            }
            cursor.pop();
        }
        cursor.retire().await;
        Ok(latest.into_values().collect())
    }

    fn failure(&self, delivered: &Delivered) -> Result<CommandFailure, StoreError> {
        json::parse(&delivered.message.payload).map_err(|error| {
            fault::damaged(format!("message {} of {}", delivered.sequence, self.failures.name), error)
        })
    }
}
