//! The transport.

use std::{fmt, sync::Arc};

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::bus::{BusError, Consumer, ConsumerOptions, DeadLetter, EncodedMessage, PublishError, Transport};

use super::{
    access::Access,
    consumer::{RabbitConsumer, Spec},
    dead_letters,
    names::{Bus, Group},
    publisher::Publisher,
};

/// Carries messages over RabbitMQ.
pub(super) struct RabbitTransport {
    access: Access,
    bus: Arc<Bus>,
    publisher: Publisher,
}

impl RabbitTransport {
    pub(super) fn new(access: Access, bus: Arc<Bus>) -> Self {
        let publisher = Publisher::new(access.clone(), Arc::clone(&bus));
        Self { access, bus, publisher }
    }

    async fn join(&self, options: ConsumerOptions) -> Result<Box<dyn Consumer>, BusError> {
        let group = self.group(&options.group)?;
        let closed = self.publisher.closed.subscribe();
        if *closed.borrow() {
            return Err(BusError::Closed);
        }
        let ConsumerOptions { group: _, exclusive, prefetch } = options;
        let (access, bus) = (self.access.clone(), Arc::clone(&self.bus));
        let spec = Spec { access, bus, group, exclusive, prefetch, closed };
        Ok(Box::new(RabbitConsumer::join(spec).await?))
    }

    fn group(&self, name: &str) -> Result<Group, BusError> {
        self.bus.group(Some(name))
    }
}

impl Transport for RabbitTransport {
    fn publish(&self, messages: Vec<EncodedMessage>) -> BoxFuture<'_, Result<(), PublishError>> {
        Box::pin(self.publisher.publish(messages))
    }

    fn consume(&self, options: ConsumerOptions) -> BoxFuture<'_, Result<Box<dyn Consumer>, BusError>> {
        Box::pin(self.join(options))
    }

    fn dead_letters<'a>(
        &'a self,
        group: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, BusError>> {
        Box::pin(async move { dead_letters::list(&self.access, &self.group(group)?, limit).await })
    }

    fn retry_dead_letter<'a>(
        &'a self,
        group: &'a str,
        message: Uuid,
    ) -> BoxFuture<'a, Result<bool, BusError>> {
        Box::pin(
            async move { dead_letters::retry(&self.access, &self.bus, &self.group(group)?, message).await },
        )
    }

    fn remove_dead_letter<'a>(
        &'a self,
        group: &'a str,
        message: Uuid,
    ) -> BoxFuture<'a, Result<bool, BusError>> {
        Box::pin(
            async move { dead_letters::remove(&self.access, &self.bus, &self.group(group)?, message).await },
        )
    }

    fn close(&self) -> BoxFuture<'_, Result<(), BusError>> {
        Box::pin(async move {
            self.publisher.close().await;
            Ok(())
        })
    }
}

impl fmt::Debug for RabbitTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RabbitTransport").field("bus", &self.bus).finish_non_exhaustive()
    }
}
