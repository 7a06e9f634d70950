//! The arguments of a command handler beside the command.

use crate::{
    aggregate::{Aggregate, Id},
    handler::{ArgumentError, ArgumentInfo},
    message::{CommandId, Metadata},
    services::{Inject, ServiceType},
};

use super::CommandContext;

/// A type that a command handler may take as an argument beside its command.
#[diagnostic::on_unimplemented(
    message = "a command handler cannot take `{Self}` as an argument",
    label = "not known to a command handler",
    note = "after the command come any of: `Id<Aggregate>`, `&Metadata`, `CommandId`, `Inject<Service>`, and in a function `Repository<Aggregate>`"
)]
pub trait CommandArgument<'a>: Sized {
    /// What the argument asks for.
    const INFO: ArgumentInfo;

    /// The argument's value for the command at hand.
    fn extract(context: CommandContext<'a>) -> Result<Self, ArgumentError>;
}

/// The value of an argument; its type comes from the handler's signature.
#[inline]
pub fn argument<'a, T: CommandArgument<'a>>(context: CommandContext<'a>) -> Result<T, ArgumentError> {
    T::extract(context)
}

impl<'a> CommandArgument<'a> for &'a Metadata {
    const INFO: ArgumentInfo = ArgumentInfo::Message;

    fn extract(context: CommandContext<'a>) -> Result<Self, ArgumentError> {
        Ok(context.metadata)
    }
}

impl CommandArgument<'_> for CommandId {
    const INFO: ArgumentInfo = ArgumentInfo::Message;

    fn extract(context: CommandContext<'_>) -> Result<Self, ArgumentError> {
        Ok(context.command_id)
    }
}

impl<A: Aggregate> CommandArgument<'_> for Id<A> {
    const INFO: ArgumentInfo = ArgumentInfo::Message;

    fn extract(context: CommandContext<'_>) -> Result<Self, ArgumentError> {
        let (category, key) = context.stream.map_or(("", ""), |stream| (stream.category(), stream.key()));
        Self::of_stream(category, key)
    }
}

impl<T: Send + Sync + 'static> CommandArgument<'_> for Inject<T> {
    const INFO: ArgumentInfo = ArgumentInfo::Service(ServiceType::of::<T>());

    fn extract(context: CommandContext<'_>) -> Result<Self, ArgumentError> {
        context.services.get().ok_or(ArgumentError::MissingService(std::any::type_name::<T>()))
    }
}
