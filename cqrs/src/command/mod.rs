//! Intentions: what a command is, and what its handler declares.
//!
//! `#[command_handler]` writes, for each method of an `impl` block, [`Decide`] for the aggregate and
//! [`HandledCommand`](crate::dispatch::HandledCommand) for the command; for a function
//! [`CommandFunction`](crate::dispatch::CommandFunction) in place of the former.

mod argument;
mod context;
mod decide;
mod method;

use serde::{Serialize, de::DeserializeOwned};

use crate::{Location, aggregate::AggregateId};

pub use argument::{CommandArgument, argument};
pub use context::CommandContext;
pub use decide::{CommandHandlerInfo, Decide, Existence, HandlerError, decided, existing};
pub use method::{CommandMethod, NotCalled};

/// Something somebody wants to happen to one aggregate.
///
/// Usually derived, with `#[command(id)]` on the field that names the aggregate.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    label = "not a command",
    note = "write `#[derive(Command, Serialize, Deserialize)]` on `{Self}`, and `#[command(id)]` on the field that names the aggregate"
)]
pub trait Command: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The identity of the aggregate it is for.
    type Id: AggregateId;

    /// The name it is sent under; in kebab-case unless the source says otherwise.
    const NAME: &'static str;

    /// Former names, under which it is still accepted.
    const ALIASES: &'static [&'static str];

    /// Where it is declared.
    const LOCATION: Location;

    /// The aggregate it is for.
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
