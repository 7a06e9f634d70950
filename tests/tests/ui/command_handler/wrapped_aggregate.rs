use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Command, Serialize, Deserialize)]
struct Open(#[command(id)] u64);

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u64)]
struct Account;

#[event_handler]
impl Account {
    fn opened(_: &Opened) -> Self {
        Self
    }
}

#[command_handler]
impl Account {
    fn open(this: Option<Self>, _: Open) -> Opened {
        let _ = this;
        Opened
    }
}

fn main() {}
