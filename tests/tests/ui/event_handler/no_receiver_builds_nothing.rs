use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

struct Account;

#[event_handler]
impl Account {
    fn opened(_: &Opened) {}
}

fn main() {}
