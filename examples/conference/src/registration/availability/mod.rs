//! The seats of a conference that can be had, and who has them.

mod deciding;
mod messages;

use std::collections::BTreeMap;

use cqrs::prelude::*;

use crate::{ConferenceId, OrderId, Price, SeatType, Seats};

pub use deciding::SeatsError;
pub use messages::{
    CancelReservation, CommitReservation, MakeReservation, OfferSeats, ReservationCancelled,
    ReservationCommitted, SeatsOffered, SeatsReserved,
};

/// What a conference has, and who has it. Every seat that is given to anybody is given here: so none is given twice.
#[derive(Aggregate, Serialize, Deserialize, Debug, Default, Clone)]
#[aggregate(id = ConferenceId)]
pub struct SeatsAvailability {
    offers: BTreeMap<SeatType, Offer>,
    /// What is held for orders that are not paid yet.
    held: BTreeMap<OrderId, Seats>,
    sold: BTreeMap<OrderId, Seats>,
}

/// What there is of one type.
#[derive(Serialize, Deserialize, Debug, Default, Clone)]
struct Offer {
    quantity: u32,
    price: Price,
    version: u32,
}

#[event_handler]
impl SeatsAvailability {
    fn offered(&mut self, event: &SeatsOffered) {
        let SeatsOffered { seat_type, quantity, price, version } = event.clone();
        self.offers.insert(seat_type, Offer { quantity, price, version });
    }

    fn reserved(&mut self, event: &SeatsReserved) {
        self.held.insert(event.order, event.seats.clone());
    }

    fn cancelled(&mut self, event: &ReservationCancelled) {
        self.held.remove(&event.order);
    }

    fn committed(&mut self, event: &ReservationCommitted) {
        self.held.remove(&event.order);
        self.sold.insert(event.order, event.seats.clone());
    }
}

impl SeatsAvailability {
    /// How many seats of a type there are, those included that are sold; nothing as long as none were offered.
    pub fn quantity(&self, seat_type: &SeatType) -> Option<u32> {
        self.offers.get(seat_type).map(|offer| offer.quantity)
    }

    /// How many seats of a type nobody has.
    pub fn remaining(&self, seat_type: &SeatType) -> u32 {
        self.remaining_for(None, seat_type)
    }

    /// The same, as an order sees it: what it holds itself, it may hold on to.
    fn remaining_for(&self, order: Option<OrderId>, seat_type: &SeatType) -> u32 {
        let held = self.held.iter().filter(|(holder, _)| Some(**holder) != order).map(|(_, seats)| seats);
        let taken = held.chain(self.sold.values()).map(|seats| seats.of(seat_type)).sum();
        // An organiser may have offered fewer than are sold already.
        self.quantity(seat_type).unwrap_or(0).saturating_sub(taken)
    }

    fn total(&self, seats: &Seats) -> Price {
        let price = |seat_type| self.offers.get(seat_type).map_or(Price::FREE, |offer: &Offer| offer.price);
        seats.iter().map(|(seat_type, quantity)| price(seat_type).times(quantity)).sum()
    }
}
