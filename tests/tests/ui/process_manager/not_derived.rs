use cqrs::prelude::*;

#[derive(Event, Serialize, Deserialize)]
struct Placed {
    order: u64,
}

struct Registration;

#[event_handler]
impl Registration {
    #[correlate(event.order)]
    fn placed(event: &Placed) -> Self {
        Self
    }
}

fn main() {}
