use cqrs::prelude::*;

#[derive(Event, Serialize, Deserialize)]
struct Placed {
    order: u64,
}

#[derive(Event, Serialize, Deserialize)]
struct Paid {
    order: u64,
}

#[derive(Command, Serialize, Deserialize)]
struct Reserve {
    #[command(id)]
    order: u64,
}

#[derive(ProcessManager, Serialize, Deserialize)]
#[process_manager(id = u64, from = now)]
struct Registration;

#[event_handler]
impl Registration {
    #[correlate(event.order)]
    fn placed(event: &Placed) -> Self {
        Self
    }

    #[correlate(cause)]
    fn refused(&mut self, _: &Refused<Reserve>) {}
}

fn main() {}
