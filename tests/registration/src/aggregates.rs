//! The conference, which has the seats, and the order.

use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

use crate::messages::{
    CompletePayment, ConferenceId, GiveSeatsBack, NoteOrder, OrderId, OrderNoted, OrderPlaced,
    PaymentCompleted, PlaceOrder, Remind, ReserveSeats, SeatsGivenBack, SeatsReserved,
};

/// How many seats every conference has.
pub const SEATS: u32 = 10;

#[derive(Debug, thiserror::Error)]
#[error("{left} seats are left")]
pub struct NoSeats {
    pub left: u32,
}

#[derive(Aggregate, Serialize, Deserialize, Debug, Default)]
#[aggregate(id = ConferenceId)]
pub struct Conference {
    taken: u32,
}

#[event_handler]
impl Conference {
    fn reserved(&mut self, event: &SeatsReserved) {
        self.taken += event.seats;
    }

    fn given_back(&mut self, _: &SeatsGivenBack) {
        self.taken = 0;
    }
}

#[command_handler]
impl Conference {
    fn reserve(this: Option<&Self>, command: ReserveSeats) -> Result<SeatsReserved, NoSeats> {
        let left = SEATS - this.map_or(0, |conference| conference.taken);
        if command.seats > left {
            return Err(NoSeats { left });
        }
        Ok(SeatsReserved { seats: command.seats })
    }

    fn give_back(&self, _: GiveSeatsBack) -> SeatsGivenBack {
        SeatsGivenBack {}
    }
}

#[derive(Aggregate, Serialize, Deserialize, Debug)]
#[aggregate(id = OrderId)]
pub struct Order {
    reminded: u32,
}

#[event_handler]
impl Order {
    fn placed(_: &OrderPlaced) -> Self {
        Self { reminded: 0 }
    }

    fn noted(&mut self, _: &OrderNoted) {
        self.reminded += 1;
    }
}

#[command_handler]
impl Order {
    fn place(command: PlaceOrder) -> OrderPlaced {
        let PlaceOrder { order, conference, seats, until } = command;
        OrderPlaced { order, conference, seats, until }
    }

    fn note(&self, command: NoteOrder) -> OrderNoted {
        OrderNoted { note: command.note }
    }

    fn remind(&self, command: Remind) -> OrderNoted {
        OrderNoted { note: command.number.to_string() }
    }
}

#[derive(Aggregate, Serialize, Deserialize, Debug, Default)]
#[aggregate(id = OrderId)]
pub struct Payment {}

#[event_handler]
impl Payment {
    fn completed(&mut self, _: &PaymentCompleted) {}
}

#[command_handler]
impl Payment {
    fn complete(_: Option<&Self>, command: CompletePayment) -> PaymentCompleted {
        PaymentCompleted { order: command.order }
    }
}
