//! The imperative style: load an aggregate, record events on it, save it.

use crate::{
    aggregate::Aggregate,
    command::{CommandArgument, CommandContext},
    handler::{ArgumentError, ArgumentInfo},
    store::StreamWrite,
};

/// An aggregate with the events recorded on it since it was loaded.
#[derive(Debug)]
pub struct Root<A: Aggregate>(std::marker::PhantomData<A>);

impl<A: Aggregate> Root<A> {
    pub(crate) fn into_write(self) -> Option<StreamWrite> {
        None
    }
}

/// Loads and saves aggregates of one kind.
#[derive(Debug)]
pub struct Repository<A: Aggregate>(std::marker::PhantomData<A>);

impl<A: Aggregate> CommandArgument<'_> for Repository<A> {
    const INFO: ArgumentInfo = ArgumentInfo::Store;

    fn extract(_: CommandContext<'_>) -> Result<Self, ArgumentError> {
        Ok(Self(std::marker::PhantomData))
    }
}
