//! One command, one aggregate.

mod attempts;
mod handling;
mod steps;
mod verdict;

use crate::{
    aggregate::Aggregate,
    command::{Command, Decide},
};

use super::{DispatchError, Receipt, Request, dispatcher::Core, held, prepared::Prepared, sent::Pending};

use handling::Handling;

/// Handles the command: decides on the folded state, folds the new events, appends; again after a conflict.
pub(super) async fn handle<A, C>(
    core: &Core,
    request: &mut Pending<C>,
    prepared: &Prepared,
) -> Result<Receipt, DispatchError<A::Error>>
where
    A: Aggregate + Decide<C>,
    C: Command<Id = A::Id>,
{
    let Some(stream) = &prepared.stream else {
        return Err(DispatchError::Panicked("a command of an aggregate was prepared without it".to_owned()));
    };
    if held::holds(stream) {
        return Err(DispatchError::Reentrant(stream.clone()));
    }
    let permit = {
        let (cache, key) = (core.caches.of::<A>(), stream.key_text());
        if held::holds_any() { cache.try_acquire(key) } else { Some(cache.acquire(key, C::NAME).await) }
    };
    let time_limit = request.time_limit.unwrap_or(core.settings.time_limit);
    let Request { command, metadata, expected, .. } = request;
    Handling { core, prepared, stream, metadata, expected: *expected, time_limit, permit }.run(command).await
}
