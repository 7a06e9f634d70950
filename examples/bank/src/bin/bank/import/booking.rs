//! Booking rows by dispatching commands.

use std::{collections::HashSet, sync::Arc};

use bank::{AccountId, BankError};
use cqrs::dispatch::{DispatchError, Dispatcher, Receipt};

use crate::file::Row;

use super::{
    commands::{self, Booking},
    journal::Journal,
    sending::{send, settle},
};

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

    async fn open(&mut self, account: AccountId) -> anyhow::Result<()> {
        let (id, command) = commands::opening(account)?;
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
        let (id, booking) = commands::booking(row);
        match booking {
            Booking::Credit(command) => {
                send(&command, |command| self.dispatcher.dispatch(command).command_id(id).actor("import"))
                    .await
            }
            Booking::Debit(command) => {
                send(&command, |command| self.dispatcher.dispatch(command).command_id(id).actor("import"))
                    .await
            }
        }
    }
}
