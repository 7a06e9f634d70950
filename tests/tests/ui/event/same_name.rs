use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
enum Address {
    Changed,
    #[event(name = "changed")]
    Moved,
    #[event(alias = "changed")]
    Noted,
}

fn main() {}
