//! Commands that failed.

use futures_util::future::{BoxFuture, FutureExt};

use crate::{
    message::CorrelationId,
    store::{CommandFailure, FailureStore, StoreError},
};

use super::MemoryStore;

impl FailureStore for MemoryStore {
    fn record_failure(&self, failure: CommandFailure) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            self.open()?.failures.push(failure);
            Ok(())
        }
        .boxed()
    }

    fn failures(
        &self,
        correlation_id: Option<CorrelationId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<CommandFailure>, StoreError>> {
        async move {
            let content = self.open()?;
            let wanted = |failure: &&CommandFailure| {
                correlation_id.is_none_or(|id| id == failure.metadata.correlation_id)
            };
            let mut latest: Vec<_> = content.failures.iter().filter(wanted).cloned().collect();
            // Those of one time stay in the order of their recording.
            latest.sort_by_key(|failure| failure.metadata.time);
            latest.drain(..latest.len().saturating_sub(limit));
            Ok(latest)
        }
        .boxed()
    }
}
