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
