use cqrs::prelude::*;

#[derive(Event, Serialize, Deserialize)]
struct Placed {
    order: u64,
}

#[derive(Event, Serialize, Deserialize)]
struct Paid {
    order: u64,
}

#[derive(ProcessManager, Serialize, Deserialize)]
#[process_manager(id = u64, from = now)]
struct Registration;

#[event_handler]
impl Registration {
    #[correlate]
    fn placed(event: &Placed) -> Self {
        Self
    }

    #[timer]
    #[correlate(cause)]
    fn paid(&mut self, _: &Paid) {}
}

#[derive(Event, Serialize, Deserialize)]
struct Expired;

#[derive(ProcessManager, Serialize, Deserialize)]
#[process_manager(id = u64, from = now)]
struct Refunding;

#[event_handler]
impl Refunding {
    #[correlate(event.order)]
    #[correlate(stream)]
    fn placed(event: &Placed) -> Self {
        Self
    }

    #[timer(seconds = 900)]
    fn expired(&mut self, _: &Expired) {}
}

fn main() {}
