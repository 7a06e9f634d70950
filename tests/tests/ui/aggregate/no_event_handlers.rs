use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u64)]
struct Account;

fn main() {}
