use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event]
struct Opened;

#[derive(Projection, Default)]
#[projection = "accounts"]
struct Accounts;

#[event_handler]
impl Accounts {
    fn opened(&mut self, _: &Opened) {}
}

fn main() {}
