use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
struct Open(#[command(id)] Option<u64>);

#[derive(Command, Serialize, Deserialize)]
struct CloseAll(#[command(id)] Vec<u64>);

fn main() {}
