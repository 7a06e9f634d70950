use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
enum AccountEvent {
    Opened,
}

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u64)]
struct Account;

#[event_handler]
impl Account {
    fn any(&mut self, _: &AccountEvent) {}
}

fn main() {}
