use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Command, Serialize, Deserialize)]
struct Open(#[command(id)] u64);

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u64)]
struct Account;

#[event_handler]
impl Account {
    fn opened(&mut self, _: &Opened) {}
}

#[command_handler]
async fn open(_: Open, accounts: Repository<Account>) -> Result<Root<Account>, String> {
    Ok(accounts.create(1))
}

fn main() {}
