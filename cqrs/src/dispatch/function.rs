//! One command, decided by a function over several aggregates.

use std::convert::Infallible;

use crate::{
    aggregate::{Aggregate, Decision},
    command::{Command, CommandContext, CommandHandlerInfo, HandlerError, Roots},
    event::EventKinds,
    repository::{DecisionError, Entry, Root},
    store::StreamWrite,
};

/// A function that handles a command by changing any number of aggregates, all of them or none.
///
/// Usually written by `#[command_handler]` on a function: it takes repositories, loads what it needs, and
/// returns roots, which are saved in one atomic write.
///
/// - Every returned root is checked at the version it was loaded at, whether it was changed or not; so is one that was
///   only read and [guarded](Root::guard). If one of them has moved, the command is decided again.
/// - What was recorded on a root and not returned refuses the command as [`InvalidDecision`](super::DispatchError): nothing
///   is stored.
/// - If a read failed and the function gives an error, the failure is the answer, not a rejection: a store that is away, an
///   aggregate that is not there (as long as the error carries it), a conflict.
pub trait CommandFunction: Send + Sync + 'static {
    /// The command it handles.
    type Command: Command;

    /// The domain's error; [`Infallible`] where the function cannot refuse. That it is an error is asked where the command is
    /// given to the function.
    type Error;

    /// What the function's signature declares.
    const HANDLER: CommandHandlerInfo;

    /// Decides what happens.
    fn decide(
        command: Self::Command,
        context: CommandContext<'_>,
    ) -> impl Future<Output = Result<Vec<Change>, HandlerError<Self::Error>>> + Send;
}

/// What is to become of one stream: the pending events of a root and the version they rest on, or why that cannot be.
#[must_use = "a change is made if the function's answer holds it"]
#[derive(Debug)]
pub struct Change {
    pub(crate) write: Result<StreamWrite, DecisionError>,
    pub(crate) entry: Option<Entry>,
}

/// What a command handler function may return: roots, changed or to be guarded.
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

    /// How many roots it can hold.
    const AT_MOST: Roots;

    /// Adds the changes to those decided so far.
    fn into_changes(self, changes: &mut Vec<Change>) -> Result<(), Self::Error>;
}

/// What a function that returns an `R` may do, as a value: the one place where it is asked whether it may return that.
pub struct Returning<R, E> {
    /// The kinds of event that may come.
    pub emits: EventKinds,
    /// How many roots there may be.
    pub at_most: Roots,
    into_changes: fn(R, &mut Vec<Change>) -> Result<(), E>,
}

impl<R: IntoChanges> Returning<R, R::Error> {
    /// What the type says.
    pub const fn of_type() -> Self {
        Self { emits: R::EMITS, at_most: R::AT_MOST, into_changes: R::into_changes }
    }
}

impl<R, E> Returning<R, E> {
    /// What a function returned, as the list of changes.
    pub fn changed(&self, returned: R) -> Result<Vec<Change>, HandlerError<E>> {
        let mut changes = Vec::new();
        (self.into_changes)(returned, &mut changes).map_err(HandlerError::Rejected)?;
        Ok(changes)
    }
}

impl<R, E> std::fmt::Debug for Returning<R, E> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Returning({})", std::any::type_name::<R>())
    }
}

impl<A: Aggregate> Decision for Root<A> {
    type Error = Infallible;
}

impl<A: Aggregate> IntoChanges for Root<A> {
    type Error = Infallible;

    const EMITS: EventKinds = <A::Event as crate::event::Event>::KINDS;

    const AT_MOST: Roots = Roots::One;

    fn into_changes(self, changes: &mut Vec<Change>) -> Result<(), Infallible> {
        let (write, entry) = self.into_write();
        changes.push(Change { write, entry });
        Ok(())
    }
}

impl IntoChanges for () {
    type Error = Infallible;

    const EMITS: EventKinds = EventKinds::These(&[]);

    const AT_MOST: Roots = Roots::None;

    fn into_changes(self, _: &mut Vec<Change>) -> Result<(), Infallible> {
        Ok(())
    }
}

impl<T: IntoChanges<Error = Infallible>> IntoChanges for Option<T> {
    type Error = Infallible;

    const EMITS: EventKinds = T::EMITS;

    const AT_MOST: Roots = T::AT_MOST;

    fn into_changes(self, changes: &mut Vec<Change>) -> Result<(), Infallible> {
        self.map_or(Ok(()), |some| some.into_changes(changes))
    }
}

impl<T: IntoChanges<Error = Infallible>> IntoChanges for Vec<T> {
    type Error = Infallible;

    const EMITS: EventKinds = T::EMITS;

    const AT_MOST: Roots = T::AT_MOST.and(T::AT_MOST);

    fn into_changes(self, changes: &mut Vec<Change>) -> Result<(), Infallible> {
        self.into_iter().try_for_each(|each| each.into_changes(changes))
    }
}

impl<T, E> IntoChanges for Result<T, E>
where
    T: IntoChanges<Error = Infallible>,
{
    type Error = E;

    const EMITS: EventKinds = T::EMITS;

    const AT_MOST: Roots = T::AT_MOST;

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

            const AT_MOST: Roots = Roots::None$(.and($name::AT_MOST))*;

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
