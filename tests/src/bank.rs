//! A small bank with every shape of handler the tests need.

use std::collections::HashMap;

use cqrs::{prelude::*, repository::LoadError};
use serde::{Deserialize, Serialize};

#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(pub String);

impl AccountId {
    pub fn new(id: impl std::fmt::Display) -> Self {
        Self(format!("{id}"))
    }
}

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct AccountOpened {
    #[event(tag)]
    pub owner: String,
}

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct MoneyCredited {
    pub amount: i64,
}

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct MoneyDebited {
    pub amount: i64,
}

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct AccountClosed;

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct OpenAccount {
    #[command(id)]
    pub account: AccountId,
    pub owner: String,
}

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct CreditAccount {
    #[command(id)]
    pub account: AccountId,
    pub amount: i64,
}

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct DebitAccount {
    #[command(id)]
    pub account: AccountId,
    pub amount: i64,
}

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct CloseAccount {
    #[command(id)]
    pub account: AccountId,
}

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct Transfer {
    #[command(id)]
    pub from: AccountId,
    pub to: AccountId,
    pub amount: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BankError {
    #[error("the balance of {balance} does not cover {amount}")]
    NotCovered { balance: i64, amount: i64 },
    #[error("an amount must be positive")]
    NotPositive,
    #[error("the account does not exist")]
    NoAccount,
    #[error("the account could not be loaded: {0}")]
    NotLoaded(String),
}

#[derive(Aggregate, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[aggregate(id = AccountId, snapshot_every = 50)]
pub struct Account {
    pub owner: String,
    pub balance: i64,
}

#[event_handler]
impl Account {
    fn opened(event: &AccountOpened) -> Self {
        Self { owner: event.owner.clone(), balance: 0 }
    }

    fn credited(&mut self, event: &MoneyCredited) {
        self.balance += event.amount;
    }

    fn debited(&mut self, event: &MoneyDebited) {
        self.balance -= event.amount;
    }

    fn closed(&mut self, _event: &AccountClosed) -> Ended {
        Ended
    }
}

impl Account {
    fn covers(&self, amount: i64) -> Result<(), BankError> {
        let balance = self.balance;
        if balance < amount { Err(BankError::NotCovered { balance, amount }) } else { Ok(()) }
    }
}

#[command_handler]
impl Account {
    fn open(command: OpenAccount) -> AccountOpened {
        AccountOpened { owner: command.owner }
    }

    fn credit(&self, command: CreditAccount) -> Result<Option<MoneyCredited>, BankError> {
        match command.amount {
            0 => Ok(None),
            amount if amount < 0 => Err(BankError::NotPositive),
            amount => Ok(Some(MoneyCredited { amount })),
        }
    }

    fn debit(&self, command: DebitAccount) -> Result<MoneyDebited, BankError> {
        self.covers(command.amount)?;
        Ok(MoneyDebited { amount: command.amount })
    }

    fn close(&self, _command: CloseAccount) -> AccountClosed {
        AccountClosed
    }
}

#[command_handler]
async fn transfer(
    command: Transfer,
    accounts: Repository<Account>,
) -> Result<(Root<Account>, Root<Account>), BankError> {
    let mut from = accounts.load(&command.from).await.map_err(|error| not_loaded(&error))?;
    let mut to = accounts.load(&command.to).await.map_err(|error| not_loaded(&error))?;
    from.state().ok_or(BankError::NoAccount)?.covers(command.amount)?;
    from.record(MoneyDebited { amount: command.amount }).map_err(|_| BankError::NoAccount)?;
    to.record(MoneyCredited { amount: command.amount }).map_err(|_| BankError::NoAccount)?;
    Ok((from, to))
}

fn not_loaded(error: &LoadError) -> BankError {
    BankError::NotLoaded(format!("{error:?}"))
}

/// A read model in memory.
#[derive(Projection, Default, Debug)]
pub struct Balances {
    pub by_account: HashMap<AccountId, i64>,
}

#[event_handler]
impl Balances {
    fn opened(&mut self, _event: &AccountOpened, account: Id<Account>) {
        self.by_account.insert(account.into_inner(), 0);
    }

    fn credited(&mut self, event: &MoneyCredited, account: Id<Account>) {
        *self.by_account.entry(account.into_inner()).or_default() += event.amount;
    }

    fn debited(&mut self, event: &MoneyDebited, account: Id<Account>) {
        *self.by_account.entry(account.into_inner()).or_default() -= event.amount;
    }
}
