use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(AggregateId, Serialize, Deserialize, Clone, PartialEq, Eq, Hash)]
#[aggregate_id(generate)]
struct AccountId(u64);

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = AccountId, name = "account")]
struct Account;

#[event_handler]
impl Account {
    fn opened(_: &Opened) -> Self {
        Self
    }
}

fn main() {}
