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
    let of_stream = facts.handle.lanes_are_streams().then(|| stream.clone());
    let query = EventQuery { stream: of_stream, ..facts.wanted.after(after).up_to(up_to) };
    match read_page(&*environment.store, &query, PAGE).await {
        Ok((events, end)) => {
            let read = if end.complete { up_to } else { end.position };
            let item = |event| Some(Item { lane: facts.lane(&event)?, event: Ok(event) });
            let items = events.into_iter().filter_map(item).filter(|item| item.lane == stream).collect();
            Ok(Behind { stream, items, read })
        }
        Err(StoreError::Decode(error)) if is_placed(&error, after) => {
            let read = error.position;
            let is_of_lane = error.stream == stream;
            let items = is_of_lane.then(|| Item::unreadable(error)).into_iter().collect();
            Ok(Behind { stream, items, read })
        }
        Err(error) => Err(error),
    }
}
