use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
#[command(versoin = 2)]
struct Open {
    #[command(id, key)]
    account: u64,
}

fn main() {}
