//! A bank, from its facts to its read models. The domain knows nothing of stores: [`account`] and the values it is
//! made of are the same whatever the events are kept in; only [`read_models`] has a folder for each store.
//!
//! The program beside this library, `src/bin/bank`, runs a scenario, imports real bookings and reports on them.

pub mod account;
pub mod email;
pub mod error;
pub mod money;
pub mod password;
pub mod read_models;

pub use account::{Account, AccountId};
pub use email::EmailAddress;
pub use error::BankError;
pub use jiff::civil::Date;
pub use money::Money;
pub use password::{Password, PasswordHash, PasswordHasher};
