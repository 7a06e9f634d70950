use cqrs::prelude::*;

#[derive(Event, Serialize, Deserialize)]
struct Placed {
    order: u64,
}

#[derive(Event, Serialize, Deserialize)]
struct Paid {
    order: u64,
}

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u64)]
struct Order;

#[event_handler]
impl Order {
    fn placed(_: &Placed, _outbox: Outbox<'_, Self>) -> Self {
        Self
    }
}

fn main() {}
