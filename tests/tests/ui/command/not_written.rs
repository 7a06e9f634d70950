use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
struct AccountId(String);

#[derive(Command, Serialize, Deserialize)]
struct Open {
    #[command(id)]
    account: AccountId,
    #[serde(skip_serializing)]
    secret: String,
}

fn main() {}
