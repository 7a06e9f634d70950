use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[event_handler(from = start)]
fn opened(_: &Opened, _: &mut SqliteTransaction<'_>) {}

fn main() {}
