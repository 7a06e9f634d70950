use cqrs::prelude::*;

#[event_handler(from = now)]
struct Opened;

fn main() {}
