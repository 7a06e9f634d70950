//! Publishing, and what else goes over the connection that is not a consumer's.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, TryFutureExt};
use lapin::Channel;
use tokio::sync::{Mutex, watch};

use crate::{
    bus::{Address, BusError, EncodedMessage, PublishError, reconnect},
    handler::BoxError,
};

use super::{
    connection::{ConnectionLost, Link},
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
        // A task of its own, so that a caller who waits no longer leaves no batch half sent and no confirm unheard.
        let batch = tokio::spawn(publish(line, Arc::clone(&self.bus), messages));
        batch.await.unwrap_or_else(|lost| Err(not_confirmed(0, lost.into())))
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

/// Sends all messages, and then waits for all confirms.
async fn publish(line: Arc<Line>, bus: Arc<Bus>, messages: Vec<EncodedMessage>) -> Result<(), PublishError> {
    let mut confirms = Vec::with_capacity(messages.len());
    let mut failure = None;
    let lost = line.link.lost().shared();
    for message in &messages {
        let sending = send(&line.channel, route(&bus, message), &message.body, headers(message));
        match unless(sending.map_err(BoxError::from), lost.clone()).await {
            Ok(confirm) => confirms.push(confirm),
            Err(error) => {
                failure = Some((confirms.len(), error));
                break;
            }
        }
    }
    for (index, confirm) in confirms.into_iter().enumerate() {
        if let Err(error) = unless(confirmed(confirm), lost.clone()).await
            && failure.as_ref().is_none_or(|(first, _)| index < *first)
        {
            failure = Some((index, error));
        }
    }
    failure.map_or(Ok(()), |(confirmed, error)| Err(not_confirmed(confirmed, error)))
}

/// What comes of a request, unless the connection is lost before.
async fn unless<T>(
    request: impl Future<Output = Result<T, BoxError>>,
    lost: impl Future<Output = ConnectionLost>,
) -> Result<T, BoxError> {
    tokio::select! {
        biased;
        outcome = request => outcome,
        lost = lost => Err(lost.into()),
    }
}

fn route(bus: &Bus, message: &EncodedMessage) -> Route {
    let partition = bus.partition_of(message);
    Route {
        exchange: bus.exchange(),
        key: partition.to_string().into(),
        mandatory: bus.kind == Kind::Commands,
    }
}

fn not_confirmed(confirmed: usize, error: BoxError) -> PublishError {
    PublishError { confirmed, source: BusError::transport("publish", error) }
}
