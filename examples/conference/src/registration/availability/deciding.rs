//! Who gets which seats.

use cqrs::prelude::*;

use crate::Seats;

use super::{
    CancelReservation, CommitReservation, MakeReservation, OfferSeats, ReservationCancelled,
    ReservationCommitted, SeatsAvailability, SeatsOffered, SeatsReserved,
};

/// Why no seats are held. Nothing has happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SeatsError {
    /// What is sold is not for the order to change any more.
    #[error("the seats of the order are sold")]
    Sold,
}

#[command_handler]
impl SeatsAvailability {
    fn offer(this: Option<&Self>, command: OfferSeats) -> Option<SeatsOffered> {
        let OfferSeats { conference: _, seat_type, quantity, price, version } = command;
        let known = this.and_then(|this| this.offers.get(&seat_type)).map_or(0, |offer| offer.version);
        (version > known).then_some(SeatsOffered { seat_type, quantity, price, version })
    }

    /// Of each type as many as there are: an order may get fewer than it wants, or none.
    fn reserve(this: Option<&Self>, command: MakeReservation) -> Result<SeatsReserved, SeatsError> {
        let MakeReservation { conference: _, order, reservation, seats: wanted } = command;
        let nothing = Self::default();
        let this = this.unwrap_or(&nothing);
        if this.sold.contains_key(&order) {
            return Err(SeatsError::Sold);
        }
        let seats: Seats = wanted
            .iter()
            .map(|(seat_type, quantity)| {
                (seat_type.clone(), quantity.min(this.remaining_for(Some(order), seat_type)))
            })
            .collect();
        let total = this.total(&seats);
        Ok(SeatsReserved { order, reservation, wanted, seats, total })
    }

    /// For an order that holds nothing, nothing happens.
    fn cancel(this: Option<&Self>, command: CancelReservation) -> Option<ReservationCancelled> {
        let order = command.order;
        this?.held.contains_key(&order).then_some(ReservationCancelled { order })
    }

    /// For an order that holds nothing, nothing happens.
    fn commit(this: Option<&Self>, command: CommitReservation) -> Option<ReservationCommitted> {
        let order = command.order;
        let seats = this?.held.get(&order)?.clone();
        Some(ReservationCommitted { order, seats })
    }
}
