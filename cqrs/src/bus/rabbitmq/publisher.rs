//! Publishing, and what else goes over the connection that is not a consumer's.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt;
use lapin::{PublisherConfirm, protocol::AMQPSoftError};
use tokio::sync::{Mutex, watch};

use crate::{
    bus::{BusError, EncodedMessage, PublishError, bounded::bounded},
    handler::BoxError,
};

use super::{
    access::Access,
    connection::{ConnectionLost, Link, is},
    names::{Bus, Kind},
    outlet::{Outlet, Oversized, Route},
    publishing::{confirmed, headers},
};

/// A connection that publishes.
pub(super) struct Line {
    pub(super) link: Link,
    outlet: Outlet,
}

/// Publishes over a connection that is made when it is needed, and anew when it was lost.
pub(super) struct Publisher {
    access: Access,
    bus: Arc<Bus>,
    line: Mutex<Option<Arc<Line>>>,
    pub(super) closed: watch::Sender<bool>,
}

impl Publisher {
    pub(super) fn new(access: Access, bus: Arc<Bus>) -> Self {
        Self { access, bus, line: Mutex::default(), closed: watch::Sender::new(false) }
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
        if let Some(line) = slot.as_ref().filter(|line| line.link.is_up() && line.outlet.status().connected())
        {
            return Arc::clone(line);
        }
        *slot = None;
        let line = self.access.insist(async |link| {
            let outlet = link.confirming_channel().await?;
            Ok(Line { link, outlet })
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

/// Publishes all messages: together, and from the first on that was not confirmed one by one, should the broker have
/// closed the channel. It does that if one of those who share it sends what it never takes, and only alone can be told
/// which message that is.
async fn publish(line: Arc<Line>, bus: Arc<Bus>, messages: Vec<EncodedMessage>) -> Result<(), PublishError> {
    let lost = line.link.lost().shared();
    let Err((confirmed, error)) = publish_together(&line.outlet, &bus, &messages, &lost).await else {
        return Ok(());
    };
    if error.is::<BusError>() || !line.link.is_up() || line.outlet.status().connected() {
        return Err(not_confirmed(confirmed, error));
    }
    let singly = async {
        for (index, message) in messages.iter().enumerate().skip(confirmed) {
            unless(publish_alone(&line.link, &bus, message), lost.clone())
                .await
                .map_err(|error| (index, error))?;
        }
        Ok(())
    };
    singly.await.map_err(|(confirmed, error)| not_confirmed(confirmed, error))
}

/// Sends all messages, and then waits for all confirms. Gives the first that was not confirmed.
async fn publish_together(
    outlet: &Outlet,
    bus: &Bus,
    messages: &[EncodedMessage],
    lost: &(impl Future<Output = ConnectionLost> + Clone),
) -> Result<(), (usize, BoxError)> {
    let mut confirms = Vec::with_capacity(messages.len());
    let mut failure = None;
    for message in messages {
        match unless(begin(outlet, bus, message), lost.clone()).await {
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
    failure.map_or(Ok(()), Err)
}

/// Publishes a message on a channel of its own, which the broker closes if it never takes the message.
async fn publish_alone(link: &Link, bus: &Bus, message: &EncodedMessage) -> Result<(), BoxError> {
    let outlet = link.confirming_channel().await?;
    let published = match begin(&outlet, bus, message).await {
        Ok(confirm) => confirmed(confirm).await,
        Err(error) => Err(error),
    };
    let Err(error) = published else { return Ok(outlet.close(200, "OK".into()).await?) };
    let closed = error.downcast_ref().is_some_and(|error| is(error, AMQPSoftError::PRECONDITIONFAILED));
    if closed {
        return Err(BusError::Refused { name: bounded(&message.name).into(), source: error }.into());
    }
    Err(error)
}

/// Sends a message; the confirm comes later.
async fn begin(outlet: &Outlet, bus: &Bus, message: &EncodedMessage) -> Result<PublisherConfirm, BoxError> {
    outlet.send(route(bus, message), &message.body, headers(message)).await.map_err(|error| {
        match error.downcast::<Oversized>() {
            Ok(frame) => {
                BusError::too_large(message, "its headers make a frame", frame.actual, frame.limit).into()
            }
            Err(error) => error,
        }
    })
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
    let source = match error.downcast::<BusError>() {
        Ok(error) => *error,
        Err(error) => BusError::transport("publish", error),
    };
    PublishError { confirmed, source }
}
