use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Event, Serialize, Deserialize)]
struct Closed;

struct Accounts;

#[event_handler]
impl Accounts {
    fn opened(_: &Opened, _: &mut SqliteTransaction<'_>) {}
    fn closed(_: &Closed) {}
}

fn main() {}
