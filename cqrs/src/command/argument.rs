//! The arguments of a command handler beside the command.

use crate::{
    aggregate::{Aggregate, Id},
    handler::{ArgumentError, ArgumentInfo},
    message::{CommandId, Metadata},
    services::{Inject, ServiceType},
};

use super::CommandContext;

/// A type that every command handler may take as an argument beside its command. What else there is depends on where
/// the handler is: [`MethodArgument`] for the method of an aggregate, [`FunctionArgument`] for a function.
#[diagnostic::on_unimplemented(
    message = "not every command handler can take `{Self}` as an argument",
    label = "not known to a command handler",
    note = "after the command come any of: `&Metadata`, `CommandId`, `Inject<Service>`"
)]
pub trait CommandArgument<'a>: Sized {
    /// What the argument asks for.
    const INFO: ArgumentInfo;

    /// Returns the argument's value for the command at hand.
    fn extract(context: CommandContext<'a>) -> Result<Self, ArgumentError>;
}

/// A type that a method of the aggregate `A` may take beside its command: whatever a command handler may, and the
/// aggregate's own `Id`.
#[diagnostic::on_unimplemented(
    message = "a command handler of `{A}` cannot take `{Self}` as an argument: take `Id<{A}>`, `&Metadata`, `CommandId` or `Inject<Service>`",
    label = "not known to a command handler of `{A}`",
    note = "other aggregates are loaded, and changed, by a `#[command_handler]` function, which takes `Repository<Aggregate>`"
)]
pub trait MethodArgument<'a, A>: Sized {
    /// What the argument asks for.
    const INFO: ArgumentInfo;

    /// Returns the argument's value for the command at hand.
    fn extract(context: CommandContext<'a>) -> Result<Self, ArgumentError>;
}

/// A type that a command handler function may take beside its command: whatever a command handler may, and a
/// `Repository`.
#[diagnostic::on_unimplemented(
    message = "a command handler function cannot take `{Self}` as an argument: take `Repository<Aggregate>`, `&Metadata`, `CommandId` or `Inject<Service>`",
    label = "not known to a command handler function",
    note = "a function is for several aggregates: their ids are in its command"
)]
pub trait FunctionArgument<'a>: Sized {
    /// What the argument asks for.
    const INFO: ArgumentInfo;

    /// Returns the argument's value for the command at hand.
    fn extract(context: CommandContext<'a>) -> Result<Self, ArgumentError>;
}

/// Returns the value of an argument; its type comes from the handler's signature.
#[inline]
pub fn argument<'a, T: CommandArgument<'a>>(context: CommandContext<'a>) -> Result<T, ArgumentError> {
    T::extract(context)
}

#[diagnostic::do_not_recommend]
impl<'a, A, T: CommandArgument<'a>> MethodArgument<'a, A> for T {
    const INFO: ArgumentInfo = T::INFO;

    #[inline]
    fn extract(context: CommandContext<'a>) -> Result<Self, ArgumentError> {
        T::extract(context)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T: CommandArgument<'a>> FunctionArgument<'a> for T {
    const INFO: ArgumentInfo = T::INFO;

    #[inline]
    fn extract(context: CommandContext<'a>) -> Result<Self, ArgumentError> {
        T::extract(context)
    }
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

#[diagnostic::do_not_recommend]
impl<A: Aggregate> MethodArgument<'_, A> for Id<A> {
    const INFO: ArgumentInfo = ArgumentInfo::Id(Self::TYPE);

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
