use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Projection)]
struct Accounts;

#[event_handler]
impl Accounts {
    async fn opened(_: &Opened, _: &mut SqliteTransaction<'_>) {}
}

fn main() {}
