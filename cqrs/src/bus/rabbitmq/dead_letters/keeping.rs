//! Adding to the dead letters, and asking for them to be tried again.

use lapin::{
    Channel,
    types::{AMQPValue, FieldTable, ShortString},
};
use smol_str::SmolStr;

use crate::{
    bus::{
        DeadLetter,
        rabbitmq::publishing::{Route, confirmed, headers, insert, send},
        wire,
    },
    handler::BoxError,
};

/// The header that gives dead letters their order.
pub(super) const ORDER: &str = "cqrs-order";

/// The header of a message that is none, but asks for the dead letters of a key to be tried again.
pub(in crate::bus::rabbitmq) const RELEASE: &str = "cqrs-release";

/// Publishes a dead letter, and waits for the confirm.
pub(in crate::bus::rabbitmq) async fn keep(
    channel: &Channel,
    queue: ShortString,
    letter: &DeadLetter,
    order: u64,
) -> Result<(), BoxError> {
    let mut headers = headers(&letter.message);
    insert(&mut headers, wire::DEAD_LETTER, &wire::dead_letter_header(letter));
    headers.insert(ORDER.into(), AMQPValue::LongLongInt(order.try_into().unwrap_or(i64::MAX)));
    confirmed(send(channel, Route::to(queue), &letter.message.body, headers).await?).await
}

/// Asks the owner of a partition to try the dead letters of a key again.
pub(super) async fn ask_for_release(
    channel: &Channel,
    partition: ShortString,
    key: &SmolStr,
) -> Result<(), BoxError> {
    let mut headers = FieldTable::default();
    insert(&mut headers, RELEASE, key);
    confirmed(send(channel, Route::to(partition), &[], headers).await?).await
}
