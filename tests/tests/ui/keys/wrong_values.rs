use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = opened, version = "2" alias)]
struct Opened;

#[derive(Event, Serialize, Deserialize)]
#[event(version = 4294967296, name)]
struct Closed;

fn main() {}
