//! A bus on a NATS server.

use std::{fmt, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use uuid::Uuid;

use crate::bus::{BusError, Consumer, ConsumerOptions, DeadLetter, EncodedMessage, PublishError, Transport};

use super::{consumer::NatsConsumer, instance::Instance, layout::Layout, member::Member};

/// A bus on a NATS server.
pub(super) struct NatsTransport {
    layout: Arc<Layout>,
    lease: Duration,
    instance: Option<Instance>,
    closed: watch::Sender<bool>,
}

impl NatsTransport {
    pub(super) fn new(layout: Layout, lease: Duration, instance: Option<Instance>) -> Self {
        Self { layout: Arc::new(layout), lease, instance, closed: watch::Sender::new(false) }
    }
}

impl Transport for NatsTransport {
    fn publish(&self, messages: Vec<EncodedMessage>) -> BoxFuture<'_, Result<(), PublishError>> {
        Box::pin(async move {
            if *self.closed.borrow() {
                return Err(PublishError { confirmed: 0, source: BusError::Closed });
            }
            self.layout.publish(&messages).await
        })
    }

    fn consume(&self, options: ConsumerOptions) -> BoxFuture<'_, Result<Box<dyn Consumer>, BusError>> {
        Box::pin(async move {
            if *self.closed.borrow() {
                return Err(BusError::Closed);
            }
            if !self.layout.allows(&options.group) {
                return Err(BusError::UnknownGroup { group: options.group.into() });
            }
            let closed = self.closed.subscribe();
            let lease = (self.lease, self.instance.clone());
            let mut member = Member::new(Arc::clone(&self.layout), &options, lease, closed.clone());
            member.join_at_last(closed.clone()).await?;
            Ok(Box::new(NatsConsumer::start(member, closed)) as Box<dyn Consumer>)
        })
    }

    fn dead_letters<'a>(
        &'a self,
        group: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, BusError>> {
        Box::pin(self.layout.dead_letters(group, limit))
    }

    fn retry_dead_letter<'a>(
        &'a self,
        group: &'a str,
        message: Uuid,
    ) -> BoxFuture<'a, Result<bool, BusError>> {
        Box::pin(self.layout.retry_dead_letter(group, message))
    }

    fn remove_dead_letter<'a>(
        &'a self,
        group: &'a str,
        message: Uuid,
    ) -> BoxFuture<'a, Result<bool, BusError>> {
        Box::pin(self.layout.remove_dead_letter(group, message))
    }

    fn close(&self) -> BoxFuture<'_, Result<(), BusError>> {
        Box::pin(async move {
            self.closed.send_replace(true);
            Ok(())
        })
    }
}

impl fmt::Debug for NatsTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NatsTransport")
    }
}
