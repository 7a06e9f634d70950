use cqrs::prelude::*;

#[derive(Projection)]
struct Accounts;

fn main() {}
