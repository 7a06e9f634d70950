use cqrs::prelude::*;

#[derive(Default)]
struct Accounts;

#[event_handler]
impl Accounts {
    fn opened(&mut self) {}
}

#[event_handler(from = now)]
fn welcome() {}

fn main() {}
