use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Event, Serialize, Deserialize)]
struct Sealed;

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u64)]
struct Account;

#[event_handler]
impl Account {
    fn opened(&mut self, _: &Opened, _: Id<Vault>) {}
}

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u64)]
struct Vault;

#[event_handler]
impl Vault {
    fn opened(&mut self, _: &Opened) {}

    fn sealed(&mut self, _: &Sealed, _: Id<Self>) {}
}

#[derive(Projection, Default)]
struct Accounts;

#[event_handler]
impl Accounts {
    /// Both have it: it is called for those of accounts.
    fn opened(&mut self, _: &Opened, _: Id<Account>) {}

    fn sealed(&mut self, _: &Sealed, _: Id<Account>) {}
}

#[event_handler(from = now)]
fn guard(_: &Sealed, _: Id<Account>) {}

/// Every event of accounts.
#[event_handler(from = now)]
fn audit(_: &RecordedEvent, _: Id<Account>) {}

/// Every event that an account knows.
#[event_handler(from = now)]
fn count(_: &AccountEvent, _: Id<Account>) {}

fn main() {}
