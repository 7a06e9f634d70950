//! A small bank, written by hand from the first line to the last: no macro, no inventory. It is what the macros
//! would write, and the proof that nobody needs them.

mod account;
mod balances;
mod commands;
mod decisions;
mod events;

pub use account::Account;
pub use balances::Balances;
pub use commands::{CloseAccount, CreditAccount, DebitAccount, OpenAccount, ReopenAccount};
pub use decisions::{BankError, Fees};
pub use events::{AccountClosed, AccountOpened, MoneyCredited, MoneyDebited};

use cqrs::Location;

const HERE: Location = Location::new(file!(), line!());
