//! Publishing, and what else goes over the connection that is not a consumer's.

use std::{sync::Arc, time::Duration};

use lapin::Channel;
use tokio::sync::{Mutex, watch};

use crate::{
    bus::{Address, BusError, EncodedMessage, PublishError, reconnect},
    handler::BoxError,
};

use super::{
    connection::Link,
    names::{Bus, Kind},
    publishing::{Route, confirmed, headers, send},
};

/// A connection that publishes.
pub(super) struct Line {
    pub(super) link: Link,
    channel: Channel,
}

/// Publishes over a connection that is made when it is needed, and anew when it was lost.
pub(super) struct Publisher {
    address: Address,
    bus: Arc<Bus>,
    line: Mutex<Option<Arc<Line>>>,
    pub(super) closed: watch::Sender<bool>,
}

impl Publisher {
    pub(super) fn new(address: Address, bus: Arc<Bus>) -> Self {
        Self { address, bus, line: Mutex::default(), closed: watch::Sender::new(false) }
    }

    /// A connection that works as far as is known. It waits as long as the broker is away, unless the bus is closed.
    pub(super) async fn line(&self) -> Result<Arc<Line>, BusError> {
        let mut closed = self.closed.subscribe();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => Err(BusError::Closed),
            line = self.connected() => Ok(line),
        }
    }

    async fn connected(&self) -> Arc<Line> {
        let mut slot = self.line.lock().await;
        if let Some(line) =
            slot.as_ref().filter(|line| line.link.is_up() && line.channel.status().connected())
        {
            return Arc::clone(line);
        }
        *slot = None;
        let line = reconnect::connect(&self.address, "RabbitMQ", |address| async {
            let link = Link::open(address).await?;
            let channel = link.confirming_channel().await?;
            Ok::<_, BoxError>(Line { link, channel })
        });
        let line = Arc::new(line.await);
        *slot = Some(Arc::clone(&line));
        line
    }

    pub(super) async fn publish(&self, messages: Vec<EncodedMessage>) -> Result<(), PublishError> {
        let line = self.line().await.map_err(|source| PublishError { confirmed: 0, source })?;
        let mut confirms = Vec::with_capacity(messages.len());
        let mut outcome = Ok(());
        for message in &messages {
            match send(&line.channel, self.route(message), &message.body, headers(message)).await {
                Ok(confirm) => confirms.push(confirm),
                Err(error) => {
                    outcome = Err(error.into());
                    break;
                }
            }
        }
        let sent = confirms.len();
        for (index, confirm) in confirms.into_iter().enumerate() {
            confirmed(confirm).await.map_err(|error| not_confirmed(index, error))?;
        }
        outcome.map_err(|error| not_confirmed(sent, error))
    }

    fn route(&self, message: &EncodedMessage) -> Route {
        let partition = self.bus.partition_of(message);
        let mandatory = self.bus.kind == Kind::Commands;
        Route { exchange: self.bus.exchange(), key: partition.to_string().into(), mandatory }
    }

    /// Accepts nothing any more, and closes the connection once nobody publishes over it.
    pub(super) async fn close(&self) {
        self.closed.send_replace(true);
        let line = self.line.lock().await.take();
        if let Some(line) = line.and_then(Arc::into_inner) {
            let _ = tokio::time::timeout(Duration::from_secs(5), line.link.close()).await;
        }
    }
}

fn not_confirmed(confirmed: usize, error: BoxError) -> PublishError {
    PublishError { confirmed, source: BusError::transport("publish", error) }
}
