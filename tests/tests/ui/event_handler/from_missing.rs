use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[event_handler]
async fn welcome(_: &Opened) {}

fn main() {}
