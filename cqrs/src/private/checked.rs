//! What is asked of a type once, so that the compiler says once where it does not hold.
//!
//! Generated code computes a constant, `CHECK`, by functions that have the bounds, and its implementations hold `where [(); CHECK]:
//! Sized`. Where a bound does not hold, the compiler says so at the constant, in the user's own tokens. Of an implementation
//! whose `where` clause it then cannot read it says nothing more, and nothing of whatever needs that implementation.

use crate::{
    aggregate::{Aggregate, Decision, IntoEvents, Rejection},
    command::{Command, CommandMethod, FunctionArgument},
    dispatch::{IntoChanges, Returning},
    event::{Event, EventKinds},
    handler::{Change, EventHandlers, Fold, HandlerResult},
};

/// What is kept in caches and handed from task to task.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shared between threads, as what is stored, sent or folded is: hold an `Arc` for an `Rc`, and a `Mutex` for a `Cell` or `RefCell`",
    label = "something in it is not `Send + Sync + 'static`"
)]
pub trait Shared {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> Shared for T {}

/// Asks all the questions, each a function of this module with its types; and names the type as far as the answers allow.
#[doc(hidden)]
#[macro_export]
macro_rules! check {
    ($subject:ty as $checked:ident: $($question:ident::<$ty:ty>),*) => {
        const CHECK: usize = 0 $(+ $crate::__private::$question::<$ty>())*;
        type $checked = <[(); CHECK] as $crate::__private::Given<$subject>>::Type;
    };
}

/// Asks of the aggregate, its commands and what it decides of each; and says by whom these are handled. What is the user's comes
/// as plain tokens: what is matched as a type would be shown at the whole block.
#[doc(hidden)]
#[macro_export]
macro_rules! decided {
    ($subject:ty as $checked:ident: $($keyword:tt [$($command:tt)*] [$($decision:tt)*]),*) => {
        const AGGREGATE: usize = $crate::__private::aggregate::<$subject>();
        type $checked = <[(); AGGREGATE] as $crate::__private::Given<$subject>>::Type;
        const CHECK: usize = 0 $(+ $($decision)*)*;
        $(
            $keyword $crate::dispatch::HandledCommand for $($command)*
            where
                [(); CHECK]: ::core::marker::Sized,
            {
                type Error = $crate::__private::RefusalOf<$checked, Self, CHECK>;
                type Handler = $crate::dispatch::AggregateHandler<$checked>;
            }
        )*
    };
}

/// A command whose id is that of the aggregate `A`. Of a command with another id, [`IdOf`] says so.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    label = "not a command",
    note = "write `#[derive(Command, Serialize, Deserialize)]` on `{Self}`, and `#[command(id)]` on the field that names the aggregate"
)]
pub trait CommandOf<A>: Command {}

impl<A, C: Command<Id: IdOf<A>>> CommandOf<A> for C {}

/// The type of the ids of the aggregate `A`.
#[diagnostic::on_unimplemented(
    message = "a command with an id of type `{Self}` is not for `{A}`",
    label = "its `#[command(id)]` is not an id of `{A}`",
    note = "give the `#[command(id)]` field of the command the id type of `{A}`, or move the handler to the aggregate it is for"
)]
pub trait IdOf<A> {}

#[diagnostic::do_not_recommend]
impl<I, A: Aggregate<Id = I>> IdOf<A> for I {}

/// The type `T`, where what it is asked for could be computed.
pub trait Given<T> {
    type Type;
}

impl<T> Given<T> for [(); 0] {
    type Type = T;
}

/// The error with which the aggregate `A` may refuse the command `C`, where what its handler is asked for could be computed.
pub trait Refusal<A, C> {
    type Error;
}

impl<A: CommandMethod<C, Decision: Decision>, C> Refusal<A, C> for [(); 0] {
    type Error = <A::Decision as Decision>::Error;
}

/// That error.
pub type RefusalOf<A, C, const CHECK: usize> = <[(); CHECK] as Refusal<A, C>>::Error;

/// The error of a command handler function that returns an `R`, where what it is asked for could be computed.
pub trait FunctionRefusal<R> {
    type Error;
}

impl<R: Decision> FunctionRefusal<R> for [(); 0] {
    type Error = R::Error;
}

pub const fn shared<T: Shared>() -> usize {
    0
}

pub const fn event<E: Event>() -> usize {
    E::CHECKED
}

pub const fn change<R: Change>() -> usize {
    0
}

pub const fn result<R: HandlerResult>() -> usize {
    0
}

pub const fn handlers<T: EventHandlers>() -> usize {
    0
}

pub const fn fold<T: Fold>() -> usize {
    0
}

pub const fn aggregate<A: Aggregate>() -> usize {
    <A as Aggregate>::CHECKED
}

/// A command handler of the aggregate `A` for the command `C` that returns an `R`.
pub const fn decision<A: Aggregate, C: CommandOf<A>, R: IntoEvents<A, Error: Rejection>>() -> usize {
    <C as Command>::CHECKED
}

/// A command handler function for the command `C` that returns an `R`.
pub const fn function<C: Command, R: IntoChanges<Error: Rejection>>() -> usize {
    C::CHECKED
}

/// What a function that returns an `R` may do.
pub const fn returning<R: IntoChanges>() -> Returning<R, R::Error> {
    Returning::of_type()
}

pub const fn taken_by_function<'a, T: FunctionArgument<'a>>() -> usize {
    0
}

/// The kinds of an event that was asked for what events are asked for.
pub const fn kinds_of<E: Event>() -> EventKinds {
    E::KINDS
}
