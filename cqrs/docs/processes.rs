use std::time::Duration;

use cqrs::prelude::*;

// The order says that somebody wants seats.
#[derive(Event, Serialize, Deserialize)]
pub struct OrderPlaced { pub order: u32, pub show: u32, pub seats: u32 }
// The show says that it holds them; a payment comes from elsewhere.
#[derive(Event, Serialize, Deserialize)]
pub struct SeatsHeld { pub seats: u32 }
#[derive(Event, Serialize, Deserialize)]
pub struct SeatsReleased { pub seats: u32 }
#[derive(Event, Serialize, Deserialize)]
pub struct PaymentCompleted { pub order: u32 }
// A timer: an event of the process's own.
#[derive(Event, Serialize, Deserialize)]
pub struct TimeIsUp {}

#[derive(Command, Serialize, Deserialize)]
pub struct PlaceOrder { #[command(id)] pub order: u32, pub show: u32, pub seats: u32 }
#[derive(Command, Serialize, Deserialize)]
pub struct CompletePayment { #[command(id)] pub order: u32 }
#[derive(Command, Serialize, Deserialize)]
pub struct HoldSeats { #[command(id)] pub show: u32, pub seats: u32 }
#[derive(Command, Serialize, Deserialize)]
pub struct ReleaseSeats { #[command(id)] pub show: u32, pub seats: u32 }

#[derive(Debug, thiserror::Error)]
#[error("{0} seats are left")]
pub struct SoldOut(u32);

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u32)]
pub struct Show { held: u32 }

#[event_handler]
impl Show {
    fn held(&mut self, event: &SeatsHeld) { self.held += event.seats }
    fn released(&mut self, event: &SeatsReleased) { self.held -= event.seats }
}

#[command_handler]
impl Show {
    fn hold(this: Option<&Self>, command: HoldSeats) -> Result<SeatsHeld, SoldOut> {
        let left = 10 - this.map_or(0, |show| show.held);
        if command.seats > left { return Err(SoldOut(left)) }
        Ok(SeatsHeld { seats: command.seats })
    }
    fn release(&self, command: ReleaseSeats) -> SeatsReleased { SeatsReleased { seats: command.seats } }
}

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = u32)]
pub struct Order {}

#[event_handler]
impl Order {
    fn placed(_: &OrderPlaced) -> Self { Self {} }
    fn paid(&mut self, _: &PaymentCompleted) {}
}

#[command_handler]
impl Order {
    fn place(command: PlaceOrder) -> OrderPlaced {
        OrderPlaced { order: command.order, show: command.show, seats: command.seats }
    }
    fn pay(&self, command: CompletePayment) -> PaymentCompleted { PaymentCompleted { order: command.order } }
}

// What holds them together: one course of it for each order.
#[derive(ProcessManager, Serialize, Deserialize, Debug, PartialEq)]
#[process_manager(id = u32, from = now)]
pub enum Registration {
    Holding { show: u32 },
    AwaitingPayment { show: u32, seats: u32 },
}

#[event_handler]
impl Registration {
    // No receiver: this event starts a process.
    #[correlate(event.order)]
    fn placed(event: &OrderPlaced, mut outbox: Outbox<'_, Self>) -> Self {
        outbox.send(HoldSeats { show: event.show, seats: event.seats });
        Self::Holding { show: event.show }
    }

    // `cause`: for the process whose command led to this event.
    #[correlate(cause)]
    fn held(self, event: &SeatsHeld, mut outbox: Outbox<'_, Self>) -> Self {
        let (Self::Holding { show } | Self::AwaitingPayment { show, .. }) = self;
        outbox.schedule(TimeIsUp {}).after(Duration::from_secs(900));
        Self::AwaitingPayment { show, seats: event.seats }
    }

    // The command was refused: ask for one seat less, or give up.
    fn sold_out(&mut self, refusal: &Refused<HoldSeats>, mut outbox: Outbox<'_, Self>) {
        let HoldSeats { show, seats } = *refusal.command();
        if seats > 1 { outbox.send(HoldSeats { show, seats: seats - 1 }); }
    }

    // The end. A timer that is pending is cancelled.
    #[correlate(event.order)]
    fn paid(self, _: &PaymentCompleted) -> Ended { Ended }

    #[timer]
    fn time_is_up(self, _: &TimeIsUp, mut outbox: Outbox<'_, Self>) -> Ended {
        if let Self::AwaitingPayment { show, seats } = self { outbox.send(ReleaseSeats { show, seats }); }
        Ended
    }
}
