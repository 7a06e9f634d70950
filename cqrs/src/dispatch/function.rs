//! One command, decided by a function over several aggregates.

use std::{convert::Infallible, error::Error};

use crate::{
    aggregate::Aggregate,
    command::{Command, CommandContext, CommandHandlerInfo, HandlerError},
    event::EventKinds,
    repository::{DecisionError, Root},
    store::StreamWrite,
};

/// A function that handles a command by changing any number of aggregates, all of them or none.
///
/// Usually written by `#[command_handler]` on a function: it takes repositories, loads what it needs, and
/// returns the changed roots, which are saved in one atomic write.
pub trait CommandFunction: Send + Sync + 'static {
    /// The command it handles.
    type Command: Command;

    /// The domain's error; [`Infallible`] where the function cannot refuse.
    type Error: Error + Send + Sync + 'static;

    /// What the function's signature declares.
    const HANDLER: CommandHandlerInfo;

    /// Decides what happens.
    fn decide(
        command: Self::Command,
        context: CommandContext<'_>,
    ) -> impl Future<Output = Result<Vec<Change>, HandlerError<Self::Error>>> + Send;
}

/// What is to be appended to one stream: the pending events of a changed root, or why it cannot be.
#[derive(Debug)]
pub struct Change(pub(crate) Result<StreamWrite, DecisionError>);

/// What a command handler function may return: changed roots.
#[diagnostic::on_unimplemented(
    message = "a command handler function cannot return `{Self}`",
    label = "not changed aggregates",
    note = "return a `Root<Aggregate>`, a tuple, `Vec` or `Option` of them, or `()`; bare or in `Result<_, E>` where `E` is an error that is `Send + Sync + 'static`"
)]
pub trait IntoChanges {
    /// The domain's own error; [`Infallible`] where the function cannot refuse.
    type Error;

    /// The kinds of event that may come.
    const EMITS: EventKinds;

    /// Adds the changes to those decided so far.
    fn into_changes(self, changes: &mut Vec<Change>) -> Result<(), Self::Error>;
}

/// What a function returned, as the list of changes.
pub fn changed<R: IntoChanges>(returned: R) -> Result<Vec<Change>, HandlerError<R::Error>> {
    let mut changes = Vec::new();
    returned.into_changes(&mut changes).map_err(HandlerError::Rejected)?;
    Ok(changes)
}

impl<A: Aggregate> IntoChanges for Root<A> {
    type Error = Infallible;

    const EMITS: EventKinds = <A::Event as crate::event::Event>::KINDS;

    fn into_changes(self, changes: &mut Vec<Change>) -> Result<(), Infallible> {
        changes.extend(self.to_write().transpose().map(Change));
        Ok(())
    }
}

impl IntoChanges for () {
    type Error = Infallible;

    const EMITS: EventKinds = EventKinds::These(&[]);

    fn into_changes(self, _: &mut Vec<Change>) -> Result<(), Infallible> {
        Ok(())
    }
}

impl<T: IntoChanges<Error = Infallible>> IntoChanges for Option<T> {
    type Error = Infallible;

    const EMITS: EventKinds = T::EMITS;

    fn into_changes(self, changes: &mut Vec<Change>) -> Result<(), Infallible> {
        self.map_or(Ok(()), |some| some.into_changes(changes))
    }
}

impl<T: IntoChanges<Error = Infallible>> IntoChanges for Vec<T> {
    type Error = Infallible;

    const EMITS: EventKinds = T::EMITS;

    fn into_changes(self, changes: &mut Vec<Change>) -> Result<(), Infallible> {
        self.into_iter().try_for_each(|each| each.into_changes(changes))
    }
}

impl<T, E> IntoChanges for Result<T, E>
where
    T: IntoChanges<Error = Infallible>,
    E: Error + Send + Sync + 'static,
{
    type Error = E;

    const EMITS: EventKinds = T::EMITS;

    fn into_changes(self, changes: &mut Vec<Change>) -> Result<(), E> {
        let Ok(()) = self?.into_changes(changes);
        Ok(())
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: IntoChanges<Error = Infallible>),*> IntoChanges for ($($name,)*) {
            type Error = Infallible;

            const EMITS: EventKinds = EventKinds::AllOf(&[$($name::EMITS),*]);

            #[allow(non_snake_case, reason = "the type parameters name the values, too")]
            fn into_changes(self, changes: &mut Vec<Change>) -> Result<(), Infallible> {
                let ($($name,)*) = self;
                $($name.into_changes(changes)?;)*
                Ok(())
            }
        }
    };
}

tuples!(T1);
tuples!(T1 T2);
tuples!(T1 T2 T3);
tuples!(T1 T2 T3 T4);
