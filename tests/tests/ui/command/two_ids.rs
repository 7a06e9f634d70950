use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
struct Transfer {
    #[command(id)]
    from: u64,
    #[command(id)]
    to: u64,
}

fn main() {}
