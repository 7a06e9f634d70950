use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
pub struct SeatsBooked { seats: u32 }

#[derive(Command, Serialize, Deserialize)]
pub struct BookSeats { #[command(id)] show: u32, seats: u32 }

#[derive(Debug, thiserror::Error)]
#[error("only {0} of 3 seats is left")]
pub struct SoldOut(u32);

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u32)]
pub struct Show { booked: u32 }

#[event_handler]
impl Show {
    fn booked(&mut self, event: &SeatsBooked) { self.booked += event.seats }
}

#[command_handler]
impl Show {
    fn book(this: Option<&Self>, command: BookSeats) -> Result<SeatsBooked, SoldOut> {
        let left = 3 - this.map_or(0, |show| show.booked);
        if command.seats > left { Err(SoldOut(left)) } else { Ok(SeatsBooked { seats: command.seats }) }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let app = Application::builder().store(SqliteStore::open("shows.db")?).start().await?;
    let receipt = app.dispatch(BookSeats { show: 7, seats: 2 }).await?;
    println!("two seats are booked: event {} of show 7", receipt.version());
    Ok(())
}
