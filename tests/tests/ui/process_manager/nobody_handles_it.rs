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
    fn placed(event: &Placed, mut outbox: Outbox<'_, Self>) -> Self {
        outbox.send(Reserve { order: event.order }).after(std::time::Duration::from_secs(60));
        Self
    }
}

fn main() {}
