use cqrs::prelude::*;

#[derive(Event, Serialize, Deserialize)]
struct Placed {
    order: u64,
}

#[derive(Event, Serialize, Deserialize)]
struct Paid {
    order: u64,
}

#[derive(Projection)]
struct Orders;

#[event_handler]
impl Orders {
    #[correlate(event.order)]
    fn placed(event: &Placed, _: &mut SqliteTransaction<'_>) -> Result<(), SqliteError> {
        Ok(())
    }
}

fn main() {}
