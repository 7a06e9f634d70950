//! One command handler as generated code describes it: the signature and the call.

use std::{convert::Infallible, error::Error};

use crate::{
    Location,
    aggregate::{Aggregate, IntoEvents},
    handler::ArgumentInfo,
};

use super::{CommandContext, CommandFor, CommandHandlerInfo, Decide, Existence, HandlerError, decided};

/// The method of an aggregate that handles the command `C`, as `#[command_handler]` writes it; [`Decide`] follows.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no command handler for `{C}`",
    note = "add `fn name(&self, command: {C}) -> Result<Event, Error>` to the `#[command_handler]` block of `{Self}`"
)]
pub trait CommandMethod<C: CommandFor<Self>>: Aggregate {
    /// What the method returns.
    type Decision: IntoEvents<Self, Error: Error + Send + Sync + 'static>;

    /// The method's name.
    const NAME: &'static str;

    /// What its receiver says.
    const EXISTENCE: Existence;

    /// Its arguments beside the command.
    const ARGUMENTS: &'static [ArgumentInfo] = &[];

    /// Where it is written.
    const LOCATION: Location;

    /// Calls it. `this` is there exactly when the aggregate exists.
    fn call<'a>(
        this: Option<&'a Self>,
        command: C,
        context: CommandContext<'a>,
    ) -> impl Future<Output = Result<Self::Decision, NotCalled>> + Send + 'a;
}

/// Why a method could not be called: an argument could not be made, or the aggregate is not there.
pub type NotCalled = HandlerError<Infallible>;

#[diagnostic::do_not_recommend]
impl<C: CommandFor<A>, A: CommandMethod<C>> Decide<C> for A {
    type Error = <A::Decision as IntoEvents<A>>::Error;

    const HANDLER: CommandHandlerInfo = CommandHandlerInfo {
        name: A::NAME,
        existence: A::EXISTENCE,
        emits: <A::Decision as IntoEvents<A>>::EMITS,
        arguments: A::ARGUMENTS,
        location: <A as CommandMethod<C>>::LOCATION,
    };

    #[inline]
    async fn decide(
        this: Option<&Self>,
        command: C,
        context: CommandContext<'_>,
    ) -> Result<Vec<Self::Event>, HandlerError<Self::Error>> {
        match A::call(this, command, context).await {
            Ok(decision) => decided::<A, _>(decision),
            Err(HandlerError::Rejected(never)) => match never {},
            Err(HandlerError::Argument(error)) => Err(HandlerError::Argument(error)),
            Err(HandlerError::Absent) => Err(HandlerError::Absent),
        }
    }
}
