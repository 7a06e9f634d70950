//! The embedded store: one SQLite file.

use crate::handler::{Backend, TransactionArgument};

/// An error of SQLite, as `rusqlite` reports it.
pub use rusqlite::Error as SqliteError;

/// The kind of store whose transactions are [`SqliteTransaction`]s.
#[derive(Clone, Copy, Debug)]
pub struct Sqlite;

impl Backend for Sqlite {
    type Transaction<'a> = SqliteTransaction<'a>;

    const NAME: &'static str = "SQLite";
}

/// A transaction as an event handler sees it: a connection to read and write through, which neither commits nor
/// rolls back.
#[derive(Debug)]
pub struct SqliteTransaction<'a> {
    connection: &'a rusqlite::Connection,
}

impl std::ops::Deref for SqliteTransaction<'_> {
    type Target = rusqlite::Connection;

    fn deref(&self) -> &rusqlite::Connection {
        self.connection
    }
}

impl TransactionArgument for fn(&mut SqliteTransaction<'_>) {
    type Backend = Sqlite;
}
