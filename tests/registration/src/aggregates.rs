//! The conference, which has the seats, and the order.

use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

use crate::messages::{
    ConferenceId, GiveSeatsBack, OrderId, OrderNoted, OrderPlaced, Remind, ReserveSeats, SeatsGivenBack,
    SeatsReserved,
};

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
    fn reserve(_: Option<&Self>, command: ReserveSeats) -> SeatsReserved {
        SeatsReserved { seats: command.seats }
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
    fn remind(&self, command: Remind) -> OrderNoted {
        OrderNoted { note: command.number.to_string() }
    }
}
