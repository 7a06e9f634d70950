use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[derive(Event, Serialize, Deserialize)]
enum Movement {
    Credited(u64),
    Debited(u64),
}

#[derive(Command, Serialize, Deserialize)]
struct Open(#[command(id)] u64);

#[derive(Command, Serialize, Deserialize)]
struct Reopen(#[command(id)] u64);

#[derive(Command, Serialize, Deserialize)]
struct Check(#[command(id)] u64);

#[derive(Command, Serialize, Deserialize)]
struct Ensure(#[command(id)] u64);

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u64)]
struct Account(u64);

#[event_handler]
impl Account {
    fn opened(_: &Opened) -> Self {
        Self(0)
    }

    fn moved(&mut self, event: &Movement) {
        let (Movement::Credited(amount) | Movement::Debited(amount)) = event;
        self.0 += amount;
    }
}

#[command_handler]
impl Account {
    fn open(_: Open) -> Result<Vec<Movement>, std::fmt::Error> {
        Ok(vec![Movement::Credited(1)])
    }

    fn reopen(&self, _: Reopen) -> Opened {
        Opened
    }

    /// These are right: they may return what fits, or nothing at all.
    fn check(_: Check) -> Result<(), std::fmt::Error> {
        Ok(())
    }

    fn ensure(&self, _: Ensure) -> AccountEvent {
        Movement::Credited(1).into()
    }
}

fn main() {}
