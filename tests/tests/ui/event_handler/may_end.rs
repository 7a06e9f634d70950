//! A state that may end: `Option<Self>` goes with `self`, `Option<Ended>` with `&mut self`.

use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
pub struct Filled;

#[derive(Event, Serialize, Deserialize)]
pub struct Drunk;

#[derive(Event, Serialize, Deserialize)]
pub struct Hit;

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u32)]
pub struct Barrel;

#[event_handler]
impl Barrel {
    fn filled(_: &Filled) -> Self {
        Self
    }

    fn drunk(&mut self, _: &Drunk) -> Option<Self> {
        None
    }

    fn hit(self, _: &Hit) -> Option<Ended> {
        None
    }
}

fn main() {}
