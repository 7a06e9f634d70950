//! One command to one aggregate, without a registry: what the testing kit runs.

use crate::{
    aggregate::Aggregate,
    command::{Command, Decide},
    message::{CommandId, Metadata},
};

use super::{DispatchError, Receipt, Request, aggregate, dispatcher::Core, prepared::Prepared};

/// Handles a command as the dispatcher does, by the aggregate the caller names.
pub(crate) async fn dispatch_alone<A, C>(
    core: &Core,
    command: C,
    metadata: Metadata,
) -> Result<Receipt, DispatchError<A::Error>>
where
    A: Aggregate + Decide<C>,
    C: Command<Id = A::Id>,
{
    let id = CommandId::generate();
    let mut request = Request::new(Some(command), id, metadata);
    let prepared = Prepared::new(&request, |command: &C| Some(A::stream(command.aggregate_id())))?;
    aggregate::handle::<A, C>(core, &mut request, &prepared).await
}
