//! Reading what waits behind a letter.

use crate::{
    message::{Position, StreamId},
    store::{EventQuery, StoreError, read_page},
};

use super::{
    super::{Environment, parking::is_placed},
    facts::Facts,
    stream::Item,
};

/// So many events are read at a time.
const PAGE: usize = 100;

/// What was read behind a letter, up to a position.
pub(super) struct Behind {
    pub(super) stream: StreamId,
    pub(super) items: Vec<Item>,
    pub(super) read: Position,
}

/// Reads what a handler wants of one stream, from one position to another at most.
pub(super) async fn read_behind(
    facts: &Facts,
    environment: &Environment,
    stream: StreamId,
    (after, up_to): (Position, Position),
) -> Result<Behind, StoreError> {
    let query = EventQuery { stream: Some(stream.clone()), ..facts.wanted.after(after).up_to(up_to) };
    match read_page(&*environment.store, &query, PAGE).await {
        Ok((mut events, end)) => {
            events.retain(|event| facts.concern.holds(event));
            let read = if end.complete { up_to } else { end.position };
            Ok(Behind { stream, items: events.into_iter().map(Item::Event).collect(), read })
        }
        Err(StoreError::Decode(error)) if is_placed(&error, after) => {
            let read = error.position;
            Ok(Behind { stream, items: vec![Item::Unreadable(error)], read })
        }
        Err(error) => Err(error),
    }
}
