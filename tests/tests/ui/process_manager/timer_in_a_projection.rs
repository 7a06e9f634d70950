use cqrs::prelude::*;

#[derive(Event, Serialize, Deserialize)]
struct Placed {
    order: u64,
}

#[derive(Event, Serialize, Deserialize)]
struct Paid {
    order: u64,
}

#[derive(Projection, Default)]
struct Orders(u64);

#[event_handler]
impl Orders {
    #[timer]
    fn placed(&mut self, _: &Placed) {
        self.0 += 1;
    }
}

fn main() {}
