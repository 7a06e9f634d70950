use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(version = 0)]
struct Opened;

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u64, snapshot_every = 0)]
struct Account;

#[event_handler]
impl Account {
    fn opened(_: &Opened) -> Self {
        Self
    }
}

#[derive(Projection, Default)]
#[projection(version = 0)]
struct Accounts;

#[event_handler]
impl Accounts {
    fn opened(&mut self, _: &Opened) {}
}

#[derive(Command, Serialize, Deserialize)]
#[command(version = 0)]
struct Open(#[command(id)] u64);

fn main() {}
