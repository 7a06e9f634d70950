use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(name = "opened", name = "made")]
#[event(version = 1, alias = "a", alias = "b")]
#[event(version = 2)]
struct Opened;

fn main() {}
