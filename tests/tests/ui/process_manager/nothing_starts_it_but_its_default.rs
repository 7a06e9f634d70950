use cqrs::prelude::*;

#[derive(Event, Serialize, Deserialize)]
struct Placed {
    order: u64,
}

#[derive(Event, Serialize, Deserialize)]
struct Paid {
    order: u64,
}

#[derive(ProcessManager, Default, Serialize, Deserialize)]
#[process_manager(id = u64, from = now, correlate = stream)]
struct Registration;

#[event_handler]
impl Registration {
    fn paid(&mut self, _: &Paid) {}
}

fn main() {}
