use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u64)]
struct Account;

#[event_handler]
impl Account {
    fn opened(_: &Opened, _: &mut SqliteTransaction<'_>) {}
}

fn main() {}
