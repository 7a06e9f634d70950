//! A bus within one process. What waits in it is gone with the process.

mod consumer;
mod dead_letters;
mod group;
mod partition;
mod state;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use smol_str::SmolStr;
use uuid::Uuid;

use super::{BusError, Consumer, ConsumerOptions, DeadLetter, EncodedMessage, PublishError, Transport};

use consumer::MemoryConsumer;
use state::{Groups, Shared};

/// Carries messages within one process. It keeps encoded messages, as a broker would, so that what works here works
/// there.
#[derive(Debug)]
pub struct MemoryTransport {
    shared: Arc<Shared>,
}

impl MemoryTransport {
    /// How many unsettled messages a group holds before publishers wait, unless said otherwise.
    pub const CAPACITY: usize = 1024;

    /// Creates a bus with the one group `group`, in which messages wait even while nobody listens.
    pub fn queue(group: impl Into<SmolStr>, capacity: usize) -> Self {
        Self { shared: Arc::new(Shared::new(Groups::Only(group.into()), capacity.max(1))) }
    }

    /// Creates a bus whose groups are made by their first listener and get every message published from then on.
    pub fn fan_out(capacity: usize) -> Self {
        Self { shared: Arc::new(Shared::new(Groups::Any, capacity.max(1))) }
    }

    async fn publish_each(&self, messages: Vec<EncodedMessage>) -> Result<(), PublishError> {
        for (confirmed, message) in messages.into_iter().enumerate() {
            self.shared.publish(message).await.map_err(|source| PublishError { confirmed, source })?;
        }
        Ok(())
    }
}

impl Transport for MemoryTransport {
    fn publish(&self, messages: Vec<EncodedMessage>) -> BoxFuture<'_, Result<(), PublishError>> {
        Box::pin(self.publish_each(messages))
    }

    fn consume(&self, options: ConsumerOptions) -> BoxFuture<'_, Result<Box<dyn Consumer>, BusError>> {
        Box::pin(async move {
            let consumer = MemoryConsumer::join(Arc::clone(&self.shared), options)?;
            Ok(Box::new(consumer) as Box<dyn Consumer>)
        })
    }

    fn dead_letters<'a>(
        &'a self,
        group: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, BusError>> {
        Box::pin(async move { self.shared.with_group(group, |group| group.dead_letters(limit)) })
    }

    fn retry_dead_letter<'a>(
        &'a self,
        group: &'a str,
        message: Uuid,
    ) -> BoxFuture<'a, Result<bool, BusError>> {
        Box::pin(async move { self.shared.retry(group, message) })
    }

    fn remove_dead_letter<'a>(
        &'a self,
        group: &'a str,
        message: Uuid,
    ) -> BoxFuture<'a, Result<bool, BusError>> {
        Box::pin(async move { self.shared.remove(group, message) })
    }

    fn close(&self) -> BoxFuture<'_, Result<(), BusError>> {
        Box::pin(async move {
            self.shared.close();
            Ok(())
        })
    }
}
