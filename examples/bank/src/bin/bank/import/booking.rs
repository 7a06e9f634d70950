//! From a row to commands.

use std::{collections::HashSet, sync::Arc};

use bank::{
    AccountId, BankError, EmailAddress, Money,
    account::{CreditAccount, DebitAccount, OpenAccount},
};
use cqrs::{
    CommandId,
    dispatch::{DispatchError, Dispatcher, Receipt},
};

use crate::file::{Kind, Row};

use super::{
    journal::Journal,
    sending::{send, settle},
};

/// The overdraft agreed with every account. Those of the bank whose history this was written for went as far below
/// zero as 5,446.60.
const OVERDRAFT: Money = Money::from_hundredths(600_000);

/// Books the rows of one lane.
pub(super) struct Booker {
    dispatcher: Dispatcher,
    journal: Arc<Journal>,
    /// The accounts of this lane that are known to be open.
    open: HashSet<AccountId>,
}

impl Booker {
    pub(super) fn new(dispatcher: Dispatcher, journal: Arc<Journal>) -> Self {
        Self { dispatcher, journal, open: HashSet::new() }
    }

    /// Books a row and notes what came of it. An error is one that will not end with this row.
    pub(super) async fn book(&mut self, row: Row) -> anyhow::Result<()> {
        let line = row.line;
        if !self.open.contains(&row.account) {
            self.open(row.account).await?;
        }
        match settle(self.send(row).await)? {
            Ok(receipt) => self.journal.booked(&receipt),
            Err(refused) => self.journal.bad_row(line, &refused),
        }
        Ok(())
    }

    /// The terms follow from the number alone, so that the command is the same whichever row comes first.
    async fn open(&mut self, account: AccountId) -> anyhow::Result<()> {
        let command = OpenAccount {
            account,
            owner: format!("Owner of account {account}"),
            email: EmailAddress::new(format!("account-{account}@bank.example"))?,
            overdraft: OVERDRAFT,
        };
        let id = CommandId::derived("bank-openings", account);
        match send(&command, |command| self.dispatcher.dispatch(command).command_id(id).actor("import")).await
        {
            Ok(receipt) => self.journal.opened(&receipt),
            // Somebody else opened it, perhaps on other terms: it is there.
            Err(DispatchError::AlreadyExists(_) | DispatchError::CommandIdReused { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        self.open.insert(account);
        Ok(())
    }

    async fn send(&self, row: Row) -> Result<Receipt, DispatchError<BankError>> {
        let Row { transaction, account, booked_on, kind, operation, amount, line: _, balance: _ } = row;
        let id = CommandId::derived("bank-transactions", transaction);
        match kind {
            Kind::Credit => {
                let command = CreditAccount { account, amount, booked_on, operation };
                send(&command, |command| self.dispatcher.dispatch(command).command_id(id).actor("import"))
                    .await
            }
            Kind::Debit => {
                let command = DebitAccount { account, amount, booked_on, operation };
                send(&command, |command| self.dispatcher.dispatch(command).command_id(id).actor("import"))
                    .await
            }
        }
    }
}
