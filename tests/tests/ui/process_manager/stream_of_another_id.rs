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
#[aggregate(id = String)]
struct Payment;

#[event_handler]
impl Payment {
    fn paid(_: &Paid) -> Self {
        Self
    }
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

    #[correlate(stream)]
    fn paid(&mut self, _: &Paid, _: Id<Payment>) {}
}

fn main() {}
