//! One command, one aggregate.

mod attempts;
mod handling;
mod steps;
mod verdict;

use std::sync::Arc;

use smol_str::SmolStr;

use crate::{
    aggregate::Aggregate,
    command::{Command, Decide},
    message::StreamId,
};

use super::{
    DispatchError, Receipt, Request,
    cache::{AggregateCache, Permit},
    dispatcher::Core,
    held,
    prepared::Prepared,
};

use handling::Handling;

/// Handles the command: decides on the folded state, folds the new events, appends; again after a conflict.
pub(super) async fn handle<A, C>(
    core: &Core,
    request: Request<C>,
    prepared: &Prepared,
) -> Result<Receipt, DispatchError<A::Error>>
where
    A: Aggregate + Decide<C>,
    C: Command<Id = A::Id>,
{
    let stream = &A::stream(request.command.aggregate_id());
    if held::holds(stream) {
        return Err(DispatchError::Reentrant(stream.clone()));
    }
    let mut permit = permit(&core.caches.of::<A>(), stream, C::NAME).await;
    let cached = permit.as_mut().and_then(Permit::take);
    let time_limit = request.time_limit.unwrap_or(core.settings.time_limit);
    let Request { command, metadata, expected, .. } = request;
    Handling { core, prepared, stream, metadata, expected, time_limit, permit }.run(command, cached).await
}

async fn permit<A>(
    cache: &Arc<AggregateCache<A>>,
    stream: &StreamId,
    command: &'static str,
) -> Option<Permit<A>> {
    let key = SmolStr::new(stream.key());
    if held::holds_any() { cache.try_acquire(&key) } else { Some(cache.acquire(&key, command).await) }
}
