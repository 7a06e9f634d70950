//! The repositories that a command handler function takes.

use crate::{
    aggregate::Aggregate,
    handler::{ArgumentError, ArgumentInfo},
    repository::Repository,
};

use super::{CommandContext, FunctionArgument};

// Where `A` is none, the compiler says that it is no aggregate.
impl<A: Aggregate> FunctionArgument<'_> for Repository<A> {
    const INFO: ArgumentInfo = ArgumentInfo::Store;

    fn extract(context: CommandContext<'_>) -> Result<Self, ArgumentError> {
        let repositories = context.repositories.ok_or(ArgumentError::MissingService("Repository"))?;
        Ok(repositories.of(context.metadata))
    }
}
