use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Projection, Default)]
struct Accounts;

#[event_handler(concurrency = 4, time_limit = "10s")]
impl Accounts {
    fn opened(&mut self, _: &Opened) {}
}

fn main() {}
