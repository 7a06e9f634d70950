use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Projection, Default)]
struct Accounts;

#[event_handler]
impl Accounts {
    fn opened(&mut self, _: &Opened, _: u64) {}
}

#[event_handler(from = now)]
fn welcome(_: &Opened, _: &CommandId) {}

fn main() {}
