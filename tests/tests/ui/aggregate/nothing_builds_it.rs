use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Debited;

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u64)]
struct Account {
    balance: u64,
}

#[event_handler]
impl Account {
    fn debited(&mut self, _: &Debited) {
        self.balance -= 1;
    }
}

fn main() {}
