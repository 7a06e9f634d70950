//! From a row to commands, named after the row.

use bank::{
    AccountId, EmailAddress, Money,
    account::{CreditAccount, DebitAccount, OpenAccount},
};
use cqrs::CommandId;

use crate::file::{Kind, Row};

/// The overdraft agreed with every account. Those of the bank whose history this was written for went as far below
/// zero as 5,446.60.
const OVERDRAFT: Money = Money::from_hundredths(600_000);

/// What a row asks for.
pub(super) enum Booking {
    Credit(CreditAccount),
    Debit(DebitAccount),
}

/// Opens an account. The terms follow from the number alone, so that the command is the same whichever row comes first.
pub(super) fn opening(account: AccountId) -> anyhow::Result<(CommandId, OpenAccount)> {
    let command = OpenAccount {
        account,
        owner: format!("Owner of account {account}"),
        email: EmailAddress::new(format!("account-{account}@bank.example"))?,
        overdraft: OVERDRAFT,
    };
    Ok((CommandId::derived("bank-openings", account), command))
}

/// Books a row.
pub(super) fn booking(row: Row) -> (CommandId, Booking) {
    let Row { transaction, account, booked_on, kind, operation, amount, line: _, balance: _ } = row;
    let booking = match kind {
        Kind::Credit => Booking::Credit(CreditAccount { account, amount, booked_on, operation }),
        Kind::Debit => Booking::Debit(DebitAccount { account, amount, booked_on, operation }),
    };
    (CommandId::derived("bank-transactions", transaction), booking)
}
