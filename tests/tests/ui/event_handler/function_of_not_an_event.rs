use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened;

#[event_handler(from = now)]
fn welcome(_: &Opened) {}

fn main() {}
