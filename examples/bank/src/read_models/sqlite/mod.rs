//! Read models in the tables of the SQLite file that holds the events, in one transaction with their checkpoints.

mod accounts;
mod months;
mod row;
mod users;

pub use accounts::AccountsTable;
pub use months::MonthsTable;
pub use users::UsersTable;
