//! The names the macros would choose are the user's already.

use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
pub enum AccountEvent {
    Opened,
    Closed,
}

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u64, event = AnyAccountEvent)]
pub struct Account;

#[event_handler]
impl Account {
    fn any(&mut self, _: &AccountEvent) {}
}

pub fn closed() -> AnyAccountEvent {
    AnyAccountEvent::Any(AccountEvent::Closed)
}

#[derive(Event, Serialize, Deserialize)]
pub struct WelcomeHandler;

#[event_handler(from = start)]
fn welcome(_: &WelcomeHandler) {}

/// What the block of a process manager would call things.
#[derive(Event, Serialize, Deserialize)]
pub struct Process(u64);

#[derive(Event, Serialize, Deserialize)]
pub struct Subject(u64);

#[derive(ProcessManager, Serialize, Deserialize)]
#[process_manager(id = u64, from = now)]
pub struct Naming;

#[event_handler]
impl Naming {
    #[correlate(key.0)]
    fn named(key: &Process) -> Self {
        Self
    }

    #[correlate(*number)]
    fn renamed(&mut self, Subject(number): &Subject) {}
}
