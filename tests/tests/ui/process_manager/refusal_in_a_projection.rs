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

#[derive(Projection, Default)]
struct Orders(u64);

#[event_handler]
impl Orders {
    fn refused(&mut self, _: &Refused<Reserve>) {
        self.0 += 1;
    }
}

fn main() {}
