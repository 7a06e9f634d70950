//! Read models in tables of the PostgreSQL schema that holds the events, in one transaction with their checkpoints. They
//! have the names of those for SQLite: which of them run is a matter of the store in use.

mod accounts;
mod months;
mod row;
mod users;

pub use accounts::AccountsTable;
pub use months::MonthsTable;
pub use users::UsersTable;
