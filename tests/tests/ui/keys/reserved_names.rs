use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "bank/opened", alias = "/")]
struct Opened {
    #[event(tag = "owner/name")]
    owner: String,
}

#[derive(Command, Serialize, Deserialize)]
#[command(name = "bank/one", alias = "bank/former")]
struct Open(#[command(id)] u64);

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u64, category = "bank/account")]
struct Account;

#[event_handler]
impl Account {
    fn opened(_: &Opened) -> Self {
        Self
    }
}

#[derive(Projection, Default)]
#[projection(name = "bank/one", alias = "bank/former")]
struct Accounts;

#[event_handler]
impl Accounts {
    fn opened(&mut self, _: &Opened) {}
}

#[event_handler(from = now, name = "bank/one", alias = "bank/former")]
fn welcome(_: &Opened) {}

fn main() {}
