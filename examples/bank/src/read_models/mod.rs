//! What is looked at: read models in memory, and in the tables of each store.

pub mod memory;
#[cfg(feature = "postgres")]
pub mod postgres;
mod rows;
pub mod sqlite;

pub use rows::{AccountRow, AccountTotals, MonthRow, UserRow};
