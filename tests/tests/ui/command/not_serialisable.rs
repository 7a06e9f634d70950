use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Command)]
struct Open {
    #[command(id)]
    account: u64,
}

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u64)]
struct Account;

#[event_handler]
impl Account {
    fn opened(&mut self, _: &Opened) {}
}

#[command_handler]
impl Account {
    fn open(_: Open) -> Opened {
        Opened
    }
}

fn main() {}
