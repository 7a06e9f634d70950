use cqrs::prelude::*;

struct Accounts;

#[event_handler]
impl Accounts {}

fn main() {}
