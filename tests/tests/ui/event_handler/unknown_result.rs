use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Event, Serialize, Deserialize)]
struct Closed;

#[derive(Projection, Default)]
struct Accounts;

#[event_handler]
impl Accounts {
    fn opened(&mut self, _: &Opened) -> u64 {
        3
    }
}

#[derive(Projection)]
struct Table;

#[event_handler]
impl Table {
    fn opened(_: &Opened, _: &mut SqliteTransaction<'_>) -> Result<usize, SqliteError> {
        Ok(1)
    }
}

#[event_handler(from = now)]
fn welcome(_: &Opened) -> Option<()> {
    None
}

fn main() {}
