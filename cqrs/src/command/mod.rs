//! Intentions: what a command is, and what its handler declares.
//!
//! `#[command_handler]` writes, for each method of an `impl` block, [`Decide`] for the aggregate and
//! [`HandledCommand`](crate::dispatch::HandledCommand) for the command; for a function
//! [`CommandFunction`](crate::dispatch::CommandFunction) in place of the former.

mod argument;
mod context;
mod decide;
mod method;
mod repository_argument;

use crate::{Location, aggregate::AggregateId, event::JsonCodec};

#[cfg(feature = "derive")]
pub use cqrs_derive::Command;

pub use argument::{CommandArgument, FunctionArgument, MethodArgument, argument};
pub use context::CommandContext;
pub use decide::{CommandHandlerInfo, Decide, Existence, HandlerError, Roots, decided, existing};
pub use method::{CommandMethod, NotCalled};

/// An intention: something that is to happen to one aggregate.
///
/// Usually derived, with `#[command(id)]` on the field that names the aggregate.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    label = "not a command",
    note = "write `#[derive(Command, Serialize, Deserialize)]` on `{Self}`, and `#[command(id)]` on the field that names the aggregate"
)]
pub trait Command: Send + Sync + Sized + 'static {
    /// The identity of the aggregate it is for.
    type Id: AggregateId;

    /// The name it is sent under; in kebab-case unless the source says otherwise.
    const NAME: &'static str;

    /// Former names, under which it is still accepted.
    const ALIASES: &'static [&'static str];

    /// The version of its type. Raise it when the command's meaning changes and its fields do not: a command with the id
    /// of one that was handled under another version is the same command, sent again.
    const VERSION: u32 = 1;

    /// A number that follows from its fields, so that another number says that they were changed.
    const SHAPE: u64 = 0;

    /// Whether every process writes the same command in the same way, but for the order of the members of objects. A type
    /// that holds a `HashSet` does not: of two commands with one id it cannot be told whether they are the same, and they
    /// are taken for it.
    const REPRODUCIBLE: bool = true;

    /// How it is sent over buses, and copied before it is decided.
    const CODEC: JsonCodec<Self>;

    /// Where it is declared.
    const LOCATION: Location;

    /// Zero, computed of what is asked of the type, by the derive.
    #[doc(hidden)]
    const CHECKED: usize = 0;

    /// Returns the aggregate it is for.
    fn aggregate_id(&self) -> &Self::Id;
}

/// A command whose id is an id of the aggregate `A`, so that a command handler of `A` can take it.
#[diagnostic::on_unimplemented(
    message = "the command `{Self}` is not for `{A}`",
    label = "its `#[command(id)]` is not an id of `{A}`",
    note = "give the `#[command(id)]` field of `{Self}` the id type of `{A}`, or move the handler to the aggregate it is for"
)]
pub trait CommandFor<A>: Command {}

#[diagnostic::do_not_recommend]
impl<A: crate::aggregate::Aggregate, C: Command<Id = A::Id>> CommandFor<A> for C {}
