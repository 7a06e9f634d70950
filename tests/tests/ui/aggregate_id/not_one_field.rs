use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(AggregateId, Serialize, Deserialize, Clone, PartialEq, Eq, Hash)]
struct AccountId(u64, u64);

#[derive(AggregateId, Serialize, Deserialize, Clone, PartialEq, Eq, Hash)]
enum UserId {
    Number(u64),
}

fn main() {}
