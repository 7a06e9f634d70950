//! Read models in memory, built anew from the log at each start.

mod balances;

pub use balances::Balances;
