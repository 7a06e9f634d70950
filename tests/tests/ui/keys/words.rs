use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Projection, Default)]
#[projection(on_failure = ignore)]
struct Accounts;

#[event_handler]
impl Accounts {
    fn opened(&mut self, _: &Opened) {}
}

#[event_handler(from = begin)]
fn welcome(_: &Opened) {}

fn main() {}
