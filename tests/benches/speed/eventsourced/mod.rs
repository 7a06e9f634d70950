//! The same account on eventsourced: an actor for each account, its state in memory.

pub mod memory;
pub mod postgres;

use eventsourced::{Command, CommandEffect, EventSourced};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Serialize, Deserialize)]
enum AccountEvent {
    Opened { owner: String },
    Credited { amount: i64 },
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Account {
    owner: String,
    balance: i64,
}

#[derive(Debug)]
struct Open {
    owner: String,
}

#[derive(Debug)]
struct Credit {
    amount: i64,
}

#[derive(Debug)]
struct Balance;

#[derive(Debug)]
struct Refused;

impl EventSourced for Account {
    type Id = Uuid;
    type Event = AccountEvent;
    const TYPE_NAME: &'static str = "account";

    fn handle_event(mut self, event: AccountEvent) -> Self {
        match event {
            AccountEvent::Opened { owner } => self.owner = owner,
            AccountEvent::Credited { amount } => self.balance += amount,
        }
        self
    }
}

impl Command<Account> for Open {
    type Reply = ();
    type Error = Refused;

    fn handle_command(self, _: &Uuid, _: &Account) -> CommandEffect<Account, (), Refused> {
        CommandEffect::emit(AccountEvent::Opened { owner: self.owner })
    }
}

impl Command<Account> for Credit {
    type Reply = ();
    type Error = Refused;

    fn handle_command(self, _: &Uuid, _: &Account) -> CommandEffect<Account, (), Refused> {
        if self.amount < 0 {
            return CommandEffect::reject(Refused);
        }
        CommandEffect::emit(AccountEvent::Credited { amount: self.amount })
    }
}

impl Command<Account> for Balance {
    type Reply = i64;
    type Error = Refused;

    fn handle_command(self, _: &Uuid, account: &Account) -> CommandEffect<Account, i64, Refused> {
        CommandEffect::reply(account.balance)
    }
}
