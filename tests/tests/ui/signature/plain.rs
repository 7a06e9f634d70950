use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Event, Serialize, Deserialize)]
struct Closed;

#[derive(Event, Serialize, Deserialize)]
struct Debited;

#[derive(Default)]
struct Accounts;

#[event_handler]
impl Accounts {
    fn opened<'a>(&mut self, _: &'a Opened)
    where
        u8: Copy,
    {
    }

    unsafe fn closed(&mut self, _: &Closed) {}

    #[cfg(feature = "debit")]
    fn debited(&mut self, _: &Debited) {}
}

#[event_handler(from = now)]
fn welcome(_: &impl cqrs::event::Event) {}

fn main() {}
