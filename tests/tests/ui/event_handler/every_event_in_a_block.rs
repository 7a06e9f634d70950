use cqrs::prelude::*;

#[derive(Default)]
struct Accounts;

#[event_handler]
impl Accounts {
    fn any(&mut self, _: &RecordedEvent) {}
}

fn main() {}
