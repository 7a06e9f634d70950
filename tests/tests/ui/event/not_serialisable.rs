use cqrs::prelude::*;

#[derive(Event)]
struct Opened;

fn main() {}
