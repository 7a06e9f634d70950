use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(nmae = "opened", version = "1", alias = 3)]
struct Opened;

fn main() {}
