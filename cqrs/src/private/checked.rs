//! What is asked of a type once, so that the compiler says once where it does not hold.
//!
//! Generated code computes a constant, `CHECK`, by functions that have the bounds, and its implementations hold `where [(); CHECK]:
//! Sized`. Where a bound does not hold, the compiler says so at the constant, in the user's own tokens. Of an implementation
//! whose `where` clause it then cannot read it says nothing more, and nothing of whatever needs that implementation.

use crate::{
    aggregate::{Aggregate, Decision, Rejection},
    command::{Command, FunctionArgument},
    dispatch::{IntoChanges, Returning},
    event::{Event, EventKinds},
    handler::{Change, EventHandlers, Fold, HandlerResult, TransactionArgument},
};

/// What is kept in caches and handed from task to task.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shared between threads, as what is stored, sent or folded is: hold an `Arc` for an `Rc`, and a `Mutex` for a `Cell` or `RefCell`",
    label = "something in it is not `Send + Sync + 'static`"
)]
pub trait Shared {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> Shared for T {}

/// The type `T`, where what it is asked for could be computed.
pub trait Given<T> {
    type Type;
}

impl<T> Given<T> for [(); 0] {
    type Type = T;
}

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

pub const fn transaction<T: TransactionArgument>() -> usize {
    0
}

pub const fn result<R: HandlerResult>() -> usize {
    0
}

/// What is no event is told at the block: nothing follows from it.
pub const fn handlers<T: EventHandlers>() -> usize {
    <T as EventHandlers>::CHECKED
}

pub const fn fold<T: Fold>() -> usize {
    <T as EventHandlers>::CHECKED
}

pub const fn aggregate<A: Aggregate>() -> usize {
    <A as Aggregate>::CHECKED
}

/// A command handler function for the command `C` that returns an `R`.
pub const fn function<C: Command, R: IntoChanges<Error: Rejection>>() -> usize {
    C::CHECKED
}

/// What an event handler that changes a state returns.
pub const fn change<R: Change>() -> usize {
    0
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
