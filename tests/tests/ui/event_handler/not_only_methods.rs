use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Default)]
struct Accounts;

#[event_handler]
impl Accounts {
    const LIMIT: u8 = 3;

    fn opened(&mut self, _: &Opened) {}
}

fn main() {}
