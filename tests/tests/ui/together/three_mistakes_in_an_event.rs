use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Address {
    #[event(version = 0)]
    Changed,
    #[event(name = "")]
    Moved,
}

fn main() {}
