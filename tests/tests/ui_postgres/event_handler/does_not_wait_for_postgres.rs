use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Projection)]
struct Accounts;

#[event_handler]
impl Accounts {
    fn opened(_: &Opened, _: &mut PgTransaction<'_>) {}
}

fn main() {}
