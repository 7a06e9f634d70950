use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Aggregate, Serialize, Deserialize)]
struct Account;

#[event_handler]
impl Account {
    fn opened(_: &Opened) -> Self {
        Self
    }
}

fn main() {}
