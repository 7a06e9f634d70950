//! Where messages leave for the broker.

use std::ops::Deref;

use lapin::{
    BasicProperties, Channel, PublisherConfirm,
    options::BasicPublishOptions,
    types::{AMQPValue, FieldTable, ShortString},
};

use crate::{bus::cloud_event::CONTENT_TYPE, handler::BoxError};

/// Persistent, by the numbers of AMQP.
const PERSISTENT: u8 = 2;

/// What a frame that describes a message has beside the headers: its kind, channel, length and end, the class, the weight,
/// the length of the body, the flags, the content type, the mode of delivery, and the length of the headers.
const AROUND_HEADERS: usize = 7 + 1 + 2 + 2 + 8 + 2 + (1 + CONTENT_TYPE.len()) + 1 + 4;

/// A channel on which every publish is confirmed.
///
/// Invariant: no frame leaves that is larger than the broker agreed to. The body of a message is divided, what describes
/// it is one frame; one that is too large ends the connection, and with it the messages of everybody else.
#[derive(Clone, Debug)]
pub(super) struct Outlet {
    channel: Channel,
    /// How large a frame may be.
    frame: usize,
}

/// A frame that the broker would not take.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the headers need a frame of {actual} bytes, and the broker takes {limit}")]
pub(super) struct Oversized {
    pub(super) actual: usize,
    pub(super) limit: usize,
}

/// Where a message goes.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) exchange: ShortString,
    pub(super) key: ShortString,
    /// Whether there has to be a queue for it.
    pub(super) mandatory: bool,
}

impl Route {
    /// Straight to a queue.
    pub(super) fn to(queue: ShortString) -> Self {
        Self { exchange: ShortString::default(), key: queue, mandatory: true }
    }
}

impl Outlet {
    /// A channel that confirms, of a connection whose frames may be so large; 0 for any size.
    pub(super) fn new(channel: Channel, frame: u32) -> Self {
        let frame = usize::try_from(frame).ok().filter(|frame| *frame > 0).unwrap_or(usize::MAX);
        Self { channel, frame }
    }

    /// How many bytes a header of this name can have beside others.
    pub(super) fn room_beside(&self, headers: &FieldTable, name: &str) -> usize {
        let empty = header_size(name, &AMQPValue::LongString("".into()));
        self.frame.saturating_sub(AROUND_HEADERS + size(headers) + empty)
    }

    /// Whether a message with these headers can be sent.
    pub(super) fn check(&self, headers: &FieldTable) -> Result<(), Oversized> {
        let actual = AROUND_HEADERS + size(headers);
        if actual > self.frame { Err(Oversized { actual, limit: self.frame }) } else { Ok(()) }
    }

    /// Sends a message; the confirm comes later.
    pub(super) async fn send(
        &self,
        route: Route,
        body: &[u8],
        headers: FieldTable,
    ) -> Result<PublisherConfirm, BoxError> {
        self.check(&headers)?;
        let properties = BasicProperties::default()
            .with_content_type(CONTENT_TYPE.into())
            .with_delivery_mode(PERSISTENT)
            .with_headers(headers);
        let options = BasicPublishOptions { mandatory: route.mandatory, immediate: false };
        Ok(self.channel.basic_publish(route.exchange, route.key, options, body, properties).await?)
    }
}

impl Deref for Outlet {
    type Target = Channel;

    fn deref(&self) -> &Channel {
        &self.channel
    }
}

fn size(headers: &FieldTable) -> usize {
    headers.inner().iter().map(|(name, value)| header_size(name.as_str(), value)).sum()
}

/// A name and its length, the kind of the value, and the value, with its length if it is a text.
fn header_size(name: &str, value: &AMQPValue) -> usize {
    let value = match value {
        AMQPValue::LongString(text) => 4 + text.as_bytes().len(),
        // Numbers, of which none is longer.
        _ => 8,
    };
    1 + name.len() + 1 + value
}
