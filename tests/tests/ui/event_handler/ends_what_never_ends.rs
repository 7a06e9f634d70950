use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Closed;

#[derive(Projection, Default)]
struct Accounts;

#[event_handler]
impl Accounts {
    fn closed(&mut self, _: &Closed) -> Ended {
        Ended
    }
}

#[event_handler(from = now)]
fn goodbye(_: &Closed) -> Ended {
    Ended
}

fn main() {}
