use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(version = 2)]
struct Opened;

#[derive(Event, Serialize, Deserialize)]
#[event(version = 3, oldest = 2)]
struct Closed;

#[derive(Event, Serialize, Deserialize)]
#[event(oldest = 2)]
struct Blocked;

#[derive(Event, Serialize, Deserialize)]
enum Address {
    #[event(version = 2, oldest = 3)]
    Changed,
    #[event(version = 4)]
    Confirmed,
    // None of an older version was ever stored.
    #[event(version = 4, oldest = 4)]
    Removed,
}

fn main() {}
