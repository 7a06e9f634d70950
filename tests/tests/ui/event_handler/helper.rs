use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {
    owner: String,
}

#[derive(Default)]
struct Accounts {
    owners: Vec<String>,
}

#[event_handler]
impl Accounts {
    fn opened(&mut self, event: &Opened) {
        self.add(&event.owner)
    }

    fn add(&mut self, owner: &str) {
        self.owners.push(owner.to_owned());
    }
}

fn main() {}
