use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
enum Address {
    Changed,
    #[serde(skip)]
    Moved,
    #[serde(skip_serializing)]
    Noted,
    #[serde(skip_deserializing)]
    Kept,
    #[serde(untagged)]
    Lost(u8),
}

fn main() {}
