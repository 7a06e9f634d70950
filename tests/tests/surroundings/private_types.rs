//! Private types, in a module and in a function; events of another crate; a public aggregate with private events.

use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Secret;

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u64, category = "open-book")]
pub struct Book;

#[event_handler]
impl Book {
    fn secret(&mut self, _: &Secret) {}
}

mod inner {
    use super::*;

    #[derive(Event, Serialize, Deserialize)]
    struct Hidden;

    #[derive(Aggregate, Serialize, Deserialize, Default)]
    #[aggregate(id = u64)]
    struct Chest;

    #[event_handler]
    impl self::Chest {
        fn hidden(&mut self, _: &Hidden) {}
        fn secret(&mut self, _: &super::Secret) {}
    }
}

/// As visible as its aggregate is, not more.
#[derive(Command, Serialize, Deserialize)]
struct Rename(#[command(id)] u64);

#[derive(Command, Serialize, Deserialize)]
struct Merge(#[command(id)] u64);

#[command_handler]
impl Book {
    fn rename(&self, _: Rename) -> Secret {
        Secret
    }
}

#[command_handler]
fn merge(_: Merge, _: Repository<Book>) -> Result<Root<Book>, std::fmt::Error> {
    Err(std::fmt::Error)
}

#[test]
fn types_in_a_function() {
    #[derive(Event, Serialize, Deserialize)]
    struct Local;

    #[derive(Command, Serialize, Deserialize)]
    struct Change(#[command(id)] u64);

    #[derive(Aggregate, Serialize, Deserialize, Default)]
    #[aggregate(id = u64)]
    struct Place;

    #[event_handler]
    impl Place {
        fn local(&mut self, _: &Local) {}
    }

    #[command_handler]
    impl Place {
        fn change(&self, _: Change) -> PlaceEvent {
            PlaceEvent::Local(Local)
        }
    }
}

#[derive(Event, Serialize, Deserialize)]
struct Waited;

#[derive(ProcessManager, Serialize, Deserialize)]
#[process_manager(id = String, from = start, correlate = stream)]
struct Guarding;

#[event_handler]
impl Guarding {
    fn secret(_: &Secret, mut outbox: Outbox<'_, Self>) -> Self {
        outbox.schedule(Waited).at(cqrs::Timestamp::MAX);
        Self
    }

    #[timer]
    fn waited(&mut self, _: &Waited) {}
}
