use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Default)]
struct Account;

#[event_handler]
impl Account {
    fn opened(&mut self, _: &Opened) {}
}

fn main() {}
