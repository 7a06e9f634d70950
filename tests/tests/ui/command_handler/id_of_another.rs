use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Command, Serialize, Deserialize)]
struct Open(#[command(id)] u64);

#[derive(Command, Serialize, Deserialize)]
struct Reopen(#[command(id)] u64);

#[derive(Command, Serialize, Deserialize)]
struct OpenBoth(#[command(id)] u64);

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u64)]
struct Account;

#[event_handler]
impl Account {
    fn opened(&mut self, _: &Opened) {}
}

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u64)]
struct Vault;

#[event_handler]
impl Vault {
    fn opened(&mut self, _: &Opened) {}
}

#[command_handler]
impl Account {
    fn open(_: Open, _: Id<Vault>) -> Opened {
        Opened
    }

    /// What a function takes.
    fn reopen(&self, _: Reopen, _: Repository<Vault>) -> Opened {
        Opened
    }
}

/// What a method takes.
#[command_handler]
fn open_both(_: OpenBoth, _: Id<Account>) -> Vec<Root<Vault>> {
    Vec::new()
}

fn main() {}
