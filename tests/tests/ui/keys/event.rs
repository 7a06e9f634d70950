use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(nmae = "opened", version = 2, oldest = 2)]
struct Opened;

#[derive(Event, Serialize, Deserialize)]
enum Address {
    #[event(crate = ::cqrs)]
    Changed,
    Noted {
        #[event(tags)]
        city: String,
    },
}

fn main() {}
