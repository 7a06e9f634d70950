use cqrs::prelude::*;

#[derive(Event, Serialize, Deserialize)]
struct Placed {
    order: u64,
}

#[derive(Event, Serialize, Deserialize)]
struct Paid {
    order: u64,
}

#[derive(Event, Serialize, Deserialize)]
struct Expired;

#[derive(ProcessManager, Serialize, Deserialize)]
#[process_manager(id = u64, from = now)]
struct Registration;

#[event_handler]
impl Registration {
    #[correlate(event.order)]
    fn placed(event: &Placed) -> Self {
        Self
    }

    #[correlate(event.order)]
    async fn paid(&mut self, event: &Paid, mut outbox: Outbox<'_, Self>) {
        outbox.schedule(Expired).at(cqrs::Timestamp::MAX);
    }

    #[timer]
    fn expired(&mut self, _: &Expired) {}
}

fn main() {}
