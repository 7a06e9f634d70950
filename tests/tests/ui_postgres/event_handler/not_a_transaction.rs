use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

struct Accounts;

#[event_handler]
impl Accounts {
    fn opened(_: &Opened, _: &mut Vec<u8>) {}
}

fn main() {}
