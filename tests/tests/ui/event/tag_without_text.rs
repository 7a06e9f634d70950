use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Owner;

#[derive(Event, Serialize, Deserialize)]
struct Opened {
    #[event(tag)]
    owner: Owner,
}

fn main() {}
