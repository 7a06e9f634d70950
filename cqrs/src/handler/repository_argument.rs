//! The repositories that an event handler function takes.

use crate::{
    aggregate::Aggregate,
    repository::{OwnStore, Repository},
};

use super::{ArgumentError, ArgumentInfo, EventArgument, EventContext};

// Where `A` is none, the compiler says that it is no aggregate.
impl<E, A: Aggregate> EventArgument<'_, E> for Repository<A> {
    const INFO: ArgumentInfo = ArgumentInfo::Repository;

    fn extract(context: &EventContext<'_>) -> Result<Self, ArgumentError> {
        let store = context.service::<OwnStore>()?.ok_or(ArgumentError::MissingService("Repository"))?;
        let envelope = context.envelope()?;
        Ok(Self::caused(&store, envelope.metadata.caused_by(envelope.id)))
    }
}
