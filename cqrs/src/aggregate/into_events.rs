//! What a decision may be: one event, several, none, or a refusal.

use std::convert::Infallible;

use crate::{event::EventKinds, handler::EventHandlers};

/// What a command handler may return, whatever it is of: the errors it may refuse with.
///
/// It asks nothing of an event or an aggregate, so that where those are wrong the compiler still knows what dispatching the
/// command gives, and says nothing of it there.
#[diagnostic::on_unimplemented(
    message = "a command handler cannot return `{Self}`: return an event, or several in a tuple or `Vec`, bare or in `Result<_, Error>`",
    label = "not what a command handler decides",
    note = "an `Option` of these, `()`, and the generated enum of events are decisions, too"
)]
pub trait Decision {
    /// The domain's own error; [`Infallible`] where the handler cannot refuse.
    type Error;
}

impl Decision for () {
    type Error = Infallible;
}

impl<T> Decision for Option<T> {
    type Error = Infallible;
}

impl<T> Decision for Vec<T> {
    type Error = Infallible;
}

impl<T, E> Decision for Result<T, E> {
    type Error = E;
}

/// What a command handler of the aggregate `A` may return: an event, a tuple of them, `Vec`, `Option`, `()`,
/// or the enum of all events of `A`; bare, or in a `Result` with the domain's error.
///
/// `derive(Event)` implements it for every event and every aggregate that handles this event, so that the compiler,
/// where it does not hold, names the event and the aggregate instead of the container.
#[diagnostic::on_unimplemented(
    message = "a command handler of `{A}` cannot return `{Self}`: return an event, or several in a tuple or `Vec`, bare or in `Result<_, Error>`",
    label = "not events of `{A}`",
    note = "an event has `#[derive(Event)]`; an `Option` of events, `()`, and the generated enum of events are decisions, too"
)]
pub trait IntoEvents<A: EventHandlers> {
    /// The domain's own error; [`Infallible`] where the handler cannot refuse.
    type Error;

    /// The kinds of event that may come.
    const EMITS: EventKinds;

    /// Adds the events, in order, to those decided so far.
    fn into_events(self, events: &mut Vec<A::Event>) -> Result<(), Self::Error>;
}

/// The domain's own error, with which a command handler refuses a command.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a command handler",
    label = "not an error that is `Send + Sync + 'static`",
    note = "implement `std::error::Error` for it, as `#[derive(Debug, thiserror::Error)]` does for an enum of all reasons"
)]
pub trait Rejection: std::error::Error + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<E: std::error::Error + Send + Sync + 'static> Rejection for E {}

impl<A: EventHandlers> IntoEvents<A> for () {
    type Error = Infallible;

    const EMITS: EventKinds = EventKinds::These(&[]);

    fn into_events(self, _: &mut Vec<A::Event>) -> Result<(), Infallible> {
        Ok(())
    }
}

impl<A: EventHandlers, T: IntoEvents<A, Error = Infallible>> IntoEvents<A> for Option<T> {
    type Error = Infallible;

    const EMITS: EventKinds = T::EMITS;

    fn into_events(self, events: &mut Vec<A::Event>) -> Result<(), Infallible> {
        self.map_or(Ok(()), |some| some.into_events(events))
    }
}

impl<A: EventHandlers, T: IntoEvents<A, Error = Infallible>> IntoEvents<A> for Vec<T> {
    type Error = Infallible;

    const EMITS: EventKinds = T::EMITS;

    fn into_events(self, events: &mut Vec<A::Event>) -> Result<(), Infallible> {
        self.into_iter().try_for_each(|each| each.into_events(events))
    }
}

impl<A, T, E> IntoEvents<A> for Result<T, E>
where
    A: EventHandlers,
    T: IntoEvents<A, Error = Infallible>,
{
    type Error = E;

    const EMITS: EventKinds = T::EMITS;

    fn into_events(self, events: &mut Vec<A::Event>) -> Result<(), E> {
        let Ok(()) = self?.into_events(events);
        Ok(())
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name),*> Decision for ($($name,)*) {
            type Error = Infallible;
        }

        impl<A: EventHandlers, $($name: IntoEvents<A, Error = Infallible>),*> IntoEvents<A> for ($($name,)*) {
            type Error = Infallible;

            const EMITS: EventKinds = EventKinds::AllOf(&[$($name::EMITS),*]);

            #[allow(non_snake_case, reason = "the type parameters name the values, too")]
            fn into_events(self, events: &mut Vec<A::Event>) -> Result<(), Infallible> {
                let ($($name,)*) = self;
                $($name.into_events(events)?;)*
                Ok(())
            }
        }
    };
}

tuples!(T1);
tuples!(T1 T2);
tuples!(T1 T2 T3);
tuples!(T1 T2 T3 T4);
tuples!(T1 T2 T3 T4 T5);
tuples!(T1 T2 T3 T4 T5 T6);
tuples!(T1 T2 T3 T4 T5 T6 T7);
tuples!(T1 T2 T3 T4 T5 T6 T7 T8);
