use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[event_handler(from = start)]
async fn welcome(_: &Opened) {
    let count = std::rc::Rc::new(1);
    std::future::ready(()).await;
    drop(count);
}

fn main() {}
