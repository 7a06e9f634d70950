//! Event handlers that write into a database, in the transaction that moves their checkpoint.

use super::{BoxError, EventContext, EventHandlers};

/// A kind of store whose transactions event handlers can write in.
///
/// It is either [`SynchronousBackend`] or [`AsynchronousBackend`], which says whether its event handlers are `async`.
pub trait Backend: Send + Sync + 'static {
    /// A transaction as a handler sees it: it can read and write, but neither commit nor roll back.
    type Transaction<'t>;

    /// What the call of a handler gives: its result, or a future of it.
    type Handled<'a>;

    /// What the store is called in messages.
    const NAME: &'static str;
}

/// A kind of store whose event handlers do their work while they are called.
#[diagnostic::on_unimplemented(
    message = "event handlers in a transaction of `{Self}` wait for its server",
    label = "make the event handlers `async`",
    note = "write `async fn`, and `.await` on each statement"
)]
pub trait SynchronousBackend: Backend {
    /// Returns what the handler gives.
    fn handled<'a>(handler: impl FnOnce() -> Result<(), BoxError>) -> Self::Handled<'a>;
}

/// A kind of store whose event handlers wait for a server.
#[diagnostic::on_unimplemented(
    message = "event handlers in a transaction of `{Self}` are synchronous",
    label = "leave `async` out",
    note = "its statements are done when they return, so there is nothing to wait for: write `fn` without `async`"
)]
pub trait AsynchronousBackend: Backend {
    /// Returns what the handler gives.
    fn handled<'a>(handler: impl Future<Output = Result<(), BoxError>> + Send + 'a) -> Self::Handled<'a>;
}

/// A type whose event handlers take a transaction: a projection in a database.
#[diagnostic::on_unimplemented(
    message = "the event handlers of `{Self}` take no transaction",
    label = "needs `&mut` a transaction as the last argument of every handler",
    note = "write `fn name(event: &Event, tx: &mut SqliteTransaction<'_>) -> Result<(), SqliteError>` in its `#[event_handler]` block",
    note = "or, for PostgreSQL, `async fn name(event: &Event, tx: &mut PgTransaction<'_>) -> Result<(), PostgresError>`"
)]
pub trait TransactionalHandlers: EventHandlers {
    /// The kind of store the transaction belongs to.
    type Backend: Backend;

    /// Applies one event within the transaction.
    fn handle<'a>(
        event: &'a Self::Event,
        context: &'a EventContext<'a>,
        transaction: &'a mut <Self::Backend as Backend>::Transaction<'_>,
    ) -> <Self::Backend as Backend>::Handled<'a>;
}

/// What a handler may take as `&mut`: the transaction of a kind of store.
///
/// It is implemented for the type whose lifetimes are all `'static`, which stands for the type with any.
#[diagnostic::on_unimplemented(
    message = "the `&mut` argument of an event handler must be a transaction",
    label = "not a transaction of a store",
    note = "`&mut SqliteTransaction<'_>` and `&mut PgTransaction<'_>` are; anything else comes in as `Inject<Service>`"
)]
pub trait TransactionArgument {
    /// The kind of store.
    type Backend: Backend;
}
