use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Debited;

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u64)]
struct Account;

#[event_handler]
impl Account {
    fn debited(&mut self, _: &Debited) -> Result<(), std::fmt::Error> {
        Ok(())
    }
}

fn main() {}
