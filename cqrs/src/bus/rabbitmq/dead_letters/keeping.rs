//! Adding to the dead letters, and asking for them to be tried again.

use lapin::types::{AMQPValue, FieldTable, ShortString};

use crate::{
    bus::{
        DeadLetter,
        bounded::bounded,
        rabbitmq::{
            outlet::{Outlet, Route},
            publishing::{confirmed, headers, insert},
        },
        wire,
    },
    handler::BoxError,
};

/// The header that gives dead letters their order.
pub(super) const ORDER: &str = "cqrs-order";

/// The header of a message that is none, but asks for the dead letters of a key to be tried again.
pub(in crate::bus::rabbitmq) const RELEASE: &str = "cqrs-release";

/// Publishes a dead letter, and waits for the confirm. Its error is cut to what fits.
pub(in crate::bus::rabbitmq) async fn keep(
    outlet: &Outlet,
    queue: ShortString,
    letter: &DeadLetter,
    order: u64,
) -> Result<(), BoxError> {
    let mut headers = headers(&letter.message);
    headers.insert(ORDER.into(), AMQPValue::LongLongInt(order.try_into().unwrap_or(i64::MAX)));
    let room = outlet.room_beside(&headers, wire::DEAD_LETTER);
    insert(&mut headers, wire::DEAD_LETTER, &wire::dead_letter_header(letter, room));
    confirmed(outlet.send(Route::to(queue), &letter.message.body, headers).await?).await
}

/// Asks the owner of a partition to try the dead letters of a key again, which goes by its bounded form.
pub(super) async fn ask_for_release(
    outlet: &Outlet,
    partition: ShortString,
    key: &str,
) -> Result<(), BoxError> {
    let mut headers = FieldTable::default();
    insert(&mut headers, RELEASE, &bounded(key));
    confirmed(outlet.send(Route::to(partition), &[], headers).await?).await
}
