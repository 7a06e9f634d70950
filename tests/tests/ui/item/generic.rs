use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened<T>(T);

#[derive(Event, Serialize, Deserialize)]
struct Closed
where
    u8: Copy;

#[derive(Command, Serialize, Deserialize)]
struct Open<T>(#[command(id)] T);

#[derive(AggregateId, Serialize, Deserialize, Clone, PartialEq, Eq, Hash)]
struct AccountId<T>(T);

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u64)]
struct Account<T>(T);

#[derive(Projection)]
struct Accounts<const N: usize>([u8; N]);

fn main() {}
