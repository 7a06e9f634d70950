use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

trait Opening {
    fn opened(_: &Opened) -> Self;
}

struct Account;

#[event_handler]
impl Opening for Account {
    fn opened(_: &Opened) -> Self {
        Self
    }
}

struct Sum<T>(T);

#[event_handler]
impl<T> Sum<T> {
    fn opened(&mut self, _: &Opened) {}
}

#[event_handler]
impl Sum<u8> {
    fn counted(&mut self, _: &Opened) {}
}

#[event_handler]
impl [Account] {
    fn opened(&mut self, _: &Opened) {}
}

fn main() {}
