use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Default)]
struct Accounts;

#[event_handler(version = 1)]
impl Accounts {
    fn opened(&mut self, _: &Opened) {}
}

#[event_handler(start = now)]
fn welcome(_: &Opened) {}

fn main() {}
