use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Event, Serialize, Deserialize)]
struct Renamed;

#[derive(Command, Serialize, Deserialize)]
struct Open(#[command(id)] u64);

#[derive(Command, Serialize, Deserialize)]
struct Rename(#[command(id)] u64);

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u64)]
struct Account;

#[event_handler]
impl Account {
    fn on(_: &Opened) -> Self {
        Self
    }
    fn on(&mut self, _: &Renamed) {}
}

#[command_handler]
impl Account {
    fn handle(_: Open) -> Opened {
        Opened
    }
    fn handle(&self, _: Rename) -> Renamed {
        Renamed
    }
    fn again(&self, renamed: Renamed) -> Renamed {
        renamed
    }
    fn fee(&self, amount: i64) -> Renamed {
        let _ = amount;
        Renamed
    }
}

#[event_handler]
impl String {
    fn renamed(&mut self, _: &Renamed) {}
}

#[command_handler]
impl String {
    fn close(_: Open) -> Opened {
        Opened
    }
}

fn main() {}
