use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

use cqrs::command::Decide;

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Event, Serialize, Deserialize)]
#[event(nmae = "debited")]
struct Debited(u64);

#[derive(Command, Serialize, Deserialize)]
struct Debit(#[command(id)] u64);

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u64)]
struct Account(u64);

#[event_handler]
impl Account {
    fn opened(_: &Opened) -> Self {
        Self(0)
    }

    fn debited(&mut self, event: &Debited) {
        self.0 -= event.0;
    }
}

#[command_handler]
impl Account {
    fn debit(&self, command: Debit) -> Debited {
        Debited(command.0)
    }
}

fn event() -> AccountEvent {
    AccountEvent::Debited(Debited(3))
}

fn emitted() -> usize {
    <Account as Decide<Debit>>::HANDLER.emits.to_vec().len()
}

fn main() {}
