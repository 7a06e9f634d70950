use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
struct AccountId(String);

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = AccountId)]
struct Account {
    #[serde(skip_serializing)]
    balance: u64,
}

#[event_handler]
impl Account {
    fn opened(_: &Opened) -> Self {
        Self { balance: 0 }
    }
}

fn main() {}
