use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Event, Serialize, Deserialize)]
struct Credited;

#[derive(Event, Serialize, Deserialize)]
struct Closed;

#[derive(Projection, Default)]
struct Accounts;

#[event_handler]
impl Accounts {
    fn opened(&mut self, _: &Opened) {}
    fn credited(&mut self, _: &Credited) {}
    fn closed(_: &Closed, _tx: &mut SqliteTransaction<'_>) -> Result<(), SqliteError> {
        Ok(())
    }
}

fn main() {}
