use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Event, Serialize, Deserialize)]
struct Closed;

struct Account;

#[event_handler]
impl Account {
    const LIMIT: u8 = 3;

    fn opened(&self, _: &Opened) {}

    async fn closed(&mut self, _: &Closed) {}
}

fn main() {}
