//! Which handler a command goes to, known at compile time.

use std::{any::TypeId, error::Error, marker::PhantomData};

use crate::{
    aggregate::Rejection,
    command::{Command, CommandHandlerInfo, Decide},
    handler::EventHandlerInfo,
    message::StreamId,
};

use super::{
    CommandFunction, DispatchError, Receipt, aggregate, dispatcher::Core, prepared::Prepared, run_function,
    sent::Pending,
};

/// A command that has a handler: only such can be dispatched.
#[diagnostic::on_unimplemented(
    message = "nobody handles the command `{Self}`",
    label = "no command handler takes `{Self}`",
    note = "add `fn name(&self, command: {Self}) -> Result<Event, Error>` to the `#[command_handler]` block of its aggregate"
)]
pub trait HandledCommand: Command {
    /// The domain's error; [`Infallible`](std::convert::Infallible) where the handler cannot refuse. That it is an error is
    /// asked of the handler.
    type Error;

    /// How it is handled: [`AggregateHandler`] or
    /// [`FunctionHandler`].
    type Handler: CommandHandler<Self, Error = Self::Error>;
}

/// A way of handling the command `C`. There are two, and no others can be added.
pub trait CommandHandler<C: Command>: sealed::Sealed + Send + Sync + 'static {
    /// The domain's error; [`Infallible`](std::convert::Infallible) where the handler cannot refuse.
    type Error: Error + Send + Sync + 'static;

    /// What the handler's signature declares.
    const INFO: CommandHandlerInfo;

    /// The event handlers of the aggregate that is decided on.
    #[doc(hidden)]
    const FOLDED_BY: &'static [EventHandlerInfo] = &[];

    #[doc(hidden)]
    fn stream(command: &C) -> Option<StreamId>;

    #[doc(hidden)]
    fn aggregate() -> Option<TypeId>;

    #[doc(hidden)]
    fn handle<'a>(
        core: &'a Core,
        request: &'a mut Pending<C>,
        prepared: &'a Prepared,
    ) -> impl Future<Output = Result<Receipt, DispatchError<Self::Error>>> + Send + 'a;
}

/// The command is decided by the aggregate it names.
#[derive(Clone, Copy, Debug)]
pub struct AggregateHandler<A>(PhantomData<fn() -> A>);

/// The command is decided by a function over several aggregates.
#[derive(Clone, Copy, Debug)]
pub struct FunctionHandler<F>(PhantomData<fn() -> F>);

impl<C: Command<Id = A::Id>, A: Decide<C>> CommandHandler<C> for AggregateHandler<A> {
    type Error = A::Error;

    const INFO: CommandHandlerInfo = A::HANDLER;

    const FOLDED_BY: &'static [EventHandlerInfo] = A::HANDLERS;

    fn stream(command: &C) -> Option<StreamId> {
        Some(A::stream(command.aggregate_id()))
    }

    fn aggregate() -> Option<TypeId> {
        Some(TypeId::of::<A>())
    }

    fn handle<'a>(
        core: &'a Core,
        request: &'a mut Pending<C>,
        prepared: &'a Prepared,
    ) -> impl Future<Output = Result<Receipt, DispatchError<Self::Error>>> + Send + 'a {
        aggregate::handle::<A, C>(core, request, prepared)
    }
}

impl<C: Command, F: CommandFunction<Command = C, Error: Rejection>> CommandHandler<C> for FunctionHandler<F> {
    type Error = F::Error;

    const INFO: CommandHandlerInfo = F::HANDLER;

    fn stream(_: &C) -> Option<StreamId> {
        None
    }

    fn aggregate() -> Option<TypeId> {
        None
    }

    fn handle<'a>(
        core: &'a Core,
        request: &'a mut Pending<C>,
        prepared: &'a Prepared,
    ) -> impl Future<Output = Result<Receipt, DispatchError<Self::Error>>> + Send + 'a {
        run_function::handle::<F>(core, request, prepared)
    }
}

mod sealed {
    use super::{AggregateHandler, FunctionHandler};

    pub trait Sealed {}

    impl<A> Sealed for AggregateHandler<A> {}
    impl<F> Sealed for FunctionHandler<F> {}
}
