use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountId(pub String);

#[derive(Event, Serialize, Deserialize, Debug)]
pub struct AccountOpened { pub owner: String }
#[derive(Event, Serialize, Deserialize, Debug)]
pub struct MoneyCredited { pub amount: i64 }
#[derive(Event, Serialize, Deserialize, Debug)]
#[event(name = "money-taken", alias = "withdrawal")]
pub struct MoneyDebited { pub amount: i64 }
#[derive(Event, Serialize, Deserialize, Debug)]
pub struct AccountClosed;

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct OpenAccount { #[command(id)] pub account: AccountId, pub owner: String }
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct CreditAccount { #[command(id)] pub account: AccountId, pub amount: i64 }
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct DebitAccount { #[command(id)] pub account: AccountId, pub amount: i64 }
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct CloseAccount { #[command(id)] pub account: AccountId }

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{wanted} is more than the balance, {balance}")]
pub struct NotCovered { pub wanted: i64, pub balance: i64 }

#[derive(Aggregate, Serialize, Deserialize, Debug)]
#[aggregate(id = AccountId)]
pub struct Account { owner: String, balance: i64 }

#[event_handler]
impl Account {
    /// The first event builds the state.
    fn opened(event: &AccountOpened) -> Self {
        Self { owner: event.owner.clone(), balance: 0 }
    }
    fn credited(&mut self, event: &MoneyCredited) {
        self.balance += event.amount;
    }
    fn debited(&mut self, event: &MoneyDebited) {
        self.balance -= event.amount;
    }
    /// The last one ends the account for good: later commands are refused.
    fn closed(&mut self, _event: &AccountClosed) -> Ended {
        Ended
    }
}

#[command_handler]
impl Account {
    fn open(command: OpenAccount) -> AccountOpened {
        AccountOpened { owner: command.owner }
    }
    fn credit(&self, command: CreditAccount) -> MoneyCredited {
        MoneyCredited { amount: command.amount }
    }
    fn debit(&self, command: DebitAccount) -> Result<MoneyDebited, NotCovered> {
        if command.amount > self.balance {
            return Err(NotCovered { wanted: command.amount, balance: self.balance });
        }
        Ok(MoneyDebited { amount: command.amount })
    }
    /// Two events, decided together and stored together.
    fn close(&self, _command: CloseAccount) -> (MoneyDebited, AccountClosed) {
        (MoneyDebited { amount: self.balance }, AccountClosed)
    }
}
