//! One message on its way to the broker, and back from it.

use lapin::{
    BasicProperties, Confirmation, PublisherConfirm,
    types::{AMQPValue, FieldTable},
};

use crate::{
    bus::{EncodedMessage, wire},
    handler::BoxError,
};

/// Why the broker did not confirm a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishRefusal {
    /// It refused to take it: a queue is full, or not available.
    #[error("the broker refused the message")]
    Refused,
    /// There is no queue for it.
    #[error("no queue takes the message")]
    Unroutable,
}

/// Waits for a confirm.
pub(super) async fn confirmed(confirm: PublisherConfirm) -> Result<(), BoxError> {
    match confirm.await? {
        Confirmation::Ack(None) => Ok(()),
        Confirmation::Ack(Some(_)) => Err(PublishRefusal::Unroutable.into()),
        Confirmation::Nack(_) | Confirmation::NotRequested => Err(PublishRefusal::Refused.into()),
    }
}

/// The headers of a message.
pub(super) fn headers(message: &EncodedMessage) -> FieldTable {
    let mut headers = FieldTable::default();
    insert(&mut headers, wire::MESSAGE, &wire::message_header(message));
    headers
}

pub(super) fn insert(headers: &mut FieldTable, name: &'static str, value: &str) {
    headers.insert(name.into(), AMQPValue::LongString(value.into()));
}

/// A header that is a text.
pub(super) fn header<'a>(properties: &'a BasicProperties, name: &str) -> Option<&'a str> {
    match properties.headers().as_ref()?.inner().get(name)? {
        AMQPValue::LongString(text) => std::str::from_utf8(text.as_bytes()).ok(),
        _ => None,
    }
}

/// A header that is a number.
pub(super) fn number(properties: &BasicProperties, name: &str) -> Option<u64> {
    match properties.headers().as_ref()?.inner().get(name)? {
        AMQPValue::LongLongInt(number) => u64::try_from(*number).ok(),
        AMQPValue::LongInt(number) => u64::try_from(*number).ok(),
        AMQPValue::LongUInt(number) => Some((*number).into()),
        AMQPValue::ShortInt(number) => u64::try_from(*number).ok(),
        AMQPValue::ShortUInt(number) => Some((*number).into()),
        AMQPValue::ShortShortInt(number) => u64::try_from(*number).ok(),
        AMQPValue::ShortShortUInt(number) => Some((*number).into()),
        _ => None,
    }
}

/// The message that was delivered.
pub(super) fn message(delivery: &mut lapin::message::Delivery) -> EncodedMessage {
    let body = std::mem::take(&mut delivery.data).into();
    wire::message(header(&delivery.properties, wire::MESSAGE), body)
}
