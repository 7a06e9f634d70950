//! The embedded store: one SQLite file.
//!
//! One thread owns the connection that writes; it is fed through a bounded channel and commits the appends that
//! wait there as one group. Readers have connections of their own and, thanks to the write-ahead log, neither
//! wait for the writer nor hold it up. Other processes may use the same file at the same time.

mod append;
mod binding;
mod busy;
mod check;
mod dead_letters;
mod failures;
mod faults;
mod head;
mod inbox;
mod job;
mod leases;
mod log;
mod open;
mod options;
mod query;
mod read;
mod readers;
mod rows;
mod schedule;
mod schema;
mod snapshots;
mod statement;
mod store;
mod subscription_store;
mod subscriptions;
mod transact;
mod transaction;
mod writer;

use crate::handler::{self, Backend, BoxError, TransactionArgument};

use super::time;

pub use options::{SqliteOptions, Synchronous};
pub use store::SqliteStore;
pub use transaction::SqliteTransaction;

#[doc(hidden)]
pub use binding::{id_from_column, id_to_parameter};
pub(crate) use faults::engine as engine_error;
pub(crate) use job::TransactError;
pub(crate) use schema::own_objects;
pub(crate) use statement::last_statement;

/// An error of SQLite, as `rusqlite` reports it.
pub use rusqlite::Error as SqliteError;

/// The kind of store whose transactions are [`SqliteTransaction`]s.
#[derive(Clone, Copy, Debug)]
pub struct Sqlite;

impl Backend for Sqlite {
    type Transaction<'t> = SqliteTransaction<'t>;
    type Handled<'a> = Result<(), BoxError>;

    const NAME: &'static str = "SQLite";
}

impl handler::SynchronousBackend for Sqlite {
    #[inline]
    fn handled<'a>(handler: impl FnOnce() -> Result<(), BoxError>) -> Self::Handled<'a> {
        handler()
    }
}

impl TransactionArgument for SqliteTransaction<'static> {
    type Backend = Sqlite;
}
