#![deny(unused_must_use)]

use cqrs::{prelude::*, repository::LoadError};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Command, Serialize, Deserialize)]
struct Open(#[command(id)] u64);

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u64)]
struct Account(u64);

#[event_handler]
impl Account {
    fn opened(_: &Opened) -> Self {
        Self(0)
    }
}

#[command_handler]
async fn open(command: Open, accounts: Repository<Account>) -> Result<(), LoadError> {
    accounts.load(&command.0).await?;
    Ok(())
}

fn main() {}
