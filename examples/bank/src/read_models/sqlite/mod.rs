//! Read models in the tables of the SQLite file that holds the events, in one transaction with their checkpoints.

mod accounts;
mod months;
mod row;
mod users;

pub use accounts::{AccountRow, AccountTotals, AccountsTable};
pub use months::{MonthRow, MonthsTable};
pub use users::{UserRow, UsersTable};
