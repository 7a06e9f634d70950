use cqrs::prelude::*;

#[derive(Projection, Default)]
struct Accounts;

#[event_handler]
impl Accounts {
    fn any(&mut self, _: &RecordedEvent) {}
}

fn main() {}
