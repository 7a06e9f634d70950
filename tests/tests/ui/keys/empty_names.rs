use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "", alias = " ")]
struct Opened {
    #[event(tag = "")]
    owner: String,
}

#[derive(Command, Serialize, Deserialize)]
#[command(name = "", alias = "")]
struct Open(#[command(id)] u64);

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u64, category = "")]
struct Account;

#[event_handler]
impl Account {
    fn opened(_: &Opened) -> Self {
        Self
    }
}

#[derive(Projection, Default)]
#[projection(name = "", alias = "")]
struct Accounts;

#[event_handler]
impl Accounts {
    fn opened(&mut self, _: &Opened) {}
}

#[event_handler(from = now, name = "", alias = "")]
fn welcome(_: &Opened) {}

fn main() {}
