use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Event, Serialize, Deserialize)]
struct Closed;

#[derive(Default)]
struct Accounts;

#[event_handler]
impl Accounts {
    fn opened(&mut self, _: &mut Opened) {}
    fn closed(&mut self, _: &'static Closed) {}
}

fn main() {}
