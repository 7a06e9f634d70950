use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Hash)]
struct Number(u64);

#[derive(AggregateId, Serialize, Deserialize, Clone, PartialEq, Eq, Hash)]
struct AccountId(Number);

fn main() {}
