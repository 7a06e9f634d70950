use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
struct Open {
    account: u64,
    owner: String,
}

fn main() {}
