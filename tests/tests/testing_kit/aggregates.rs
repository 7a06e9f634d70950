//! given / when / then for aggregates, and projections in memory.

use std::collections::HashMap;

use cqrs::{
    prelude::*,
    testing::{Rule, given, given_nothing, project},
};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
pub struct AccountOpened {
    pub owner: String,
}

#[derive(Event, Serialize, Deserialize)]
pub struct MoneyCredited {
    pub amount: u64,
}

#[derive(Event, Serialize, Deserialize)]
pub struct MoneyDebited {
    pub amount: u64,
}

#[derive(Command, Serialize, Deserialize)]
pub struct OpenAccount {
    #[command(id)]
    pub account: u32,
    pub owner: String,
}

#[derive(Command, Serialize, Deserialize)]
pub struct DebitAccount {
    #[command(id)]
    pub account: u32,
    pub amount: u64,
}

#[derive(Debug, PartialEq)]
pub enum BankError {
    NotEnough { balance: u64 },
}

impl std::fmt::Display for BankError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{self:?}")
    }
}

impl std::error::Error for BankError {}

/// What an account may be overdrawn by.
pub struct Overdraft(pub u64);

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u32)]
pub struct Account {
    pub owner: String,
    pub balance: u64,
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
        self.balance = self.balance.saturating_sub(event.amount);
    }
}

#[command_handler]
impl Account {
    fn open(command: OpenAccount) -> AccountOpened {
        AccountOpened { owner: command.owner }
    }

    fn debit(&self, command: DebitAccount, overdraft: Inject<Overdraft>) -> Result<MoneyDebited, BankError> {
        if command.amount > self.balance + overdraft.0 {
            return Err(BankError::NotEnough { balance: self.balance });
        }
        Ok(MoneyDebited { amount: command.amount })
    }
}

#[derive(Projection, Default)]
pub struct Turnover {
    pub by_account: HashMap<u32, u64>,
}

#[event_handler]
impl Turnover {
    fn debited(&mut self, event: &MoneyDebited, account: Id<Account>) {
        *self.by_account.entry(*account).or_default() += event.amount;
    }
}

fn opened() -> AccountOpened {
    AccountOpened { owner: "alice".to_owned() }
}

#[tokio::test]
async fn an_account_is_opened_once() {
    let open = || OpenAccount { account: 7, owner: "alice".to_owned() };
    given_nothing::<Account>().when(open()).await.then(opened());
    given::<Account>(opened())
        .when(open())
        .await
        .then_not_allowed(Rule::AlreadyExists)
        .then_state(|account| assert_eq!(account.owner, "alice"));
}

#[tokio::test]
async fn a_debit_looks_at_the_balance_and_the_overdraft() {
    let account = || given::<Account>((opened(), MoneyCredited { amount: 10 })).with_service(Overdraft(5));
    account()
        .when(DebitAccount { account: 7, amount: 15 })
        .await
        .then(MoneyDebited { amount: 15 })
        .then_state(|account| assert_eq!(account.balance, 0));
    account()
        .when(DebitAccount { account: 7, amount: 16 })
        .await
        .then_rejected(BankError::NotEnough { balance: 10 });
}

#[test]
fn the_turnover_is_what_was_debited() {
    project::<Turnover>()
        .given::<Account>(&7, (opened(), MoneyDebited { amount: 3 }, MoneyDebited { amount: 4 }))
        .given::<Account>(&8, MoneyCredited { amount: 5 })
        .then(|turnover| assert_eq!(turnover.by_account, [(7, 7)].into()));
}
