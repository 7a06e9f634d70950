use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct AccountId(u64);

#[derive(Command, Serialize, Deserialize)]
struct Open {
    #[command(id)]
    account: AccountId,
}

fn main() {}
