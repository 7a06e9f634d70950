use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Command, Serialize, Deserialize)]
struct Open(#[command(id)] u64);

#[derive(Command, Serialize, Deserialize)]
struct Close(#[command(id)] u64);

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u64)]
struct Account;

#[event_handler]
impl Account {
    fn opened(_: &Opened) -> Self {
        Self
    }
}

trait Opening {
    fn open(_: Open) -> Opened;
}

#[command_handler]
impl Opening for Account {
    fn open(_: Open) -> Opened {
        Opened
    }
}

struct Sum<T>(T);

#[command_handler]
impl<T> Sum<T> {
    fn open(_: Open) -> Opened {
        Opened
    }
}

#[command_handler]
impl [Account] {
    fn open(_: Close) -> Opened {
        Opened
    }
}

fn main() {}
