//! Waking readers when any process has stored something: a consumer that is sent the headers of what comes.
//!
//! It only wakes. While it is not there, polling finds what there is.

use std::time::Duration;

use async_nats::jetstream::consumer::{DeliverPolicy, push::OrderedConfig};
use futures_util::StreamExt;
use tokio::sync::watch;

use crate::message::Position;

use super::{sequence, stream::Stream};

/// How long to wait before the server is asked again, after it could not be reached.
const PAUSE: Duration = Duration::from_secs(1);

/// Wakes the readers of this process until it is dropped.
pub(super) async fn listen(events: Stream, wake_ups: watch::Sender<Position>) {
    loop {
        if let Err(error) = hear(&events, &wake_ups).await {
            tracing::debug!(error, "new events of other processes are found by polling");
        }
        // Something may have been missed.
        wake_ups.send_modify(|_| {});
        tokio::time::sleep(PAUSE).await;
    }
}

async fn hear(events: &Stream, wake_ups: &watch::Sender<Position>) -> Result<(), async_nats::Error> {
    let config = OrderedConfig {
        deliver_subject: events.connection.client().new_inbox(),
        deliver_policy: DeliverPolicy::New,
        headers_only: true,
        ..OrderedConfig::default()
    };
    let consumer = events.connection.context().create_consumer_on_stream(config, &events.name).await?;
    let mut messages = consumer.messages().await?;
    // From now on nothing is missed; before, something may have been.
    wake(wake_ups, sequence::position(events.last_sequence("read the head of the log").await?, 0));
    while let Some(message) = messages.next().await {
        wake(wake_ups, sequence::position(message?.info()?.stream_sequence, 0));
    }
    Ok(())
}

/// Tells readers that there is something up to `position`.
pub(super) fn wake(wake_ups: &watch::Sender<Position>, position: Position) {
    wake_ups.send_modify(|known| *known = position.max(*known));
}
