use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "address", version = 2, oldest = 2, alias = "place")]
enum Address {
    Changed,
}

fn main() {}
