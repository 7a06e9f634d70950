//! Event handlers that write into a database, in the transaction that moves their checkpoint.

use super::{BoxError, EventContext, EventHandlers};

/// A kind of store whose transactions event handlers can write in.
pub trait Backend: Send + Sync + 'static {
    /// A transaction as a handler sees it: it can read and write, but neither commit nor roll back.
    type Transaction<'a>;

    /// What the store is called in messages.
    const NAME: &'static str;
}

/// A type whose event handlers take a transaction: a projection in a database.
#[diagnostic::on_unimplemented(
    message = "the event handlers of `{Self}` take no transaction",
    label = "needs `&mut` a transaction as the last argument of every handler",
    note = "write `fn name(event: &Event, tx: &mut SqliteTransaction<'_>) -> Result<(), SqliteError>` in its `#[event_handler]` block"
)]
pub trait TransactionalHandlers: EventHandlers {
    /// The kind of store the transaction belongs to.
    type Backend: Backend;

    /// Applies one event within the transaction.
    fn handle(
        event: &Self::Event,
        context: &EventContext<'_>,
        transaction: &mut <Self::Backend as Backend>::Transaction<'_>,
    ) -> Result<(), BoxError>;
}

/// The kind of store a handler's `&mut` argument belongs to. It is implemented for functions that take
/// the transaction, since only there may its lifetimes be left out.
#[diagnostic::on_unimplemented(
    message = "the `&mut` argument of an event handler must be a transaction",
    label = "not a transaction of a store",
    note = "`&mut SqliteTransaction<'_>` is one; anything else comes in as `Inject<Service>`"
)]
pub trait TransactionArgument {
    /// The kind of store.
    type Backend: Backend;
}
