use std::{cell::RefCell, rc::Rc};

use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {
    #[serde(skip)]
    note: Rc<()>,
}

#[derive(Command, Serialize, Deserialize)]
struct Open(#[command(id)] u64, #[serde(skip)] Rc<()>);

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u64)]
struct Account {
    #[serde(skip)]
    cache: RefCell<u64>,
}

#[event_handler]
impl Account {
    fn opened(_: &Opened) -> Self {
        Self { cache: RefCell::default() }
    }
}

#[command_handler]
impl Account {
    fn open(command: Open) -> Opened {
        Opened { note: command.1 }
    }
}

/// What holds it in a type of its own is told at the type that holds that.
#[derive(Default)]
struct Note(Rc<()>);

#[derive(Event, Serialize, Deserialize)]
struct Noted {
    #[serde(skip)]
    note: Note,
}

fn main() {}
