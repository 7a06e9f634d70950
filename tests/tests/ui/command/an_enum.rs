use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
enum Change {
    Owner { account: u64 },
    Email { account: u64 },
}

fn main() {}
