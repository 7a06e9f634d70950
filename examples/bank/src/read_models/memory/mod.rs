//! Read models in memory, built anew from the log at each start. Those that share a name with tables run where the store
//! has none.

mod accounts;
mod balances;
mod months;
mod users;

pub use accounts::Accounts;
pub use balances::Balances;
pub use months::Months;
pub use users::Users;
