use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u64)]
struct Account;

#[event_handler]
impl Account {
    fn opened(_: &Opened) -> Self {
        Self
    }
}

#[derive(Projection, Default)]
struct Accounts;

#[event_handler]
impl Accounts {
    fn opened(&mut self, _: &Opened, _: Repository<Account>) {}
}

fn main() {}
