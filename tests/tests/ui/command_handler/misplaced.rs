use cqrs::prelude::*;

#[command_handler]
struct Open;

fn main() {}
