//! What is asked for about seats, and what happens.

use cqrs::prelude::*;

use crate::{ConferenceId, OrderId, Price, SeatType, Seats};

/// Have so many seats of a type to give.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct OfferSeats {
    /// Of which conference.
    #[command(id)]
    pub conference: ConferenceId,
    /// Of which type.
    pub seat_type: SeatType,
    /// How many there are, those included that are sold.
    pub quantity: u32,
    /// What one costs.
    pub price: Price,
    /// Which definition it is: one that is no higher than what is known is no news.
    pub version: u32,
}

/// Hold seats for an order, in place of those it holds.
#[derive(Command, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct MakeReservation {
    /// Of which conference.
    #[command(id)]
    pub conference: ConferenceId,
    /// For which order.
    pub order: OrderId,
    /// Which reservation of the order it is.
    pub reservation: u32,
    /// How many of each type.
    pub seats: Seats,
}

/// Give back what is held for an order.
#[derive(Command, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct CancelReservation {
    /// Of which conference.
    #[command(id)]
    pub conference: ConferenceId,
    /// For which order.
    pub order: OrderId,
}

/// Sell what is held for an order.
#[derive(Command, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct CommitReservation {
    /// Of which conference.
    #[command(id)]
    pub conference: ConferenceId,
    /// For which order.
    pub order: OrderId,
}

/// There are so many seats of a type.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct SeatsOffered {
    /// Of which type.
    pub seat_type: SeatType,
    /// How many there are, those included that are sold.
    pub quantity: u32,
    /// What one costs.
    pub price: Price,
    /// Which definition it is.
    pub version: u32,
}

/// Seats are held for an order, as many of those it wants as there were.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct SeatsReserved {
    /// For which order.
    pub order: OrderId,
    /// Which reservation of the order it is.
    pub reservation: u32,
    /// What the order wants.
    pub wanted: Seats,
    /// What it gets.
    pub seats: Seats,
    /// What that costs.
    pub total: Price,
}

/// What was held for an order is given back.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct ReservationCancelled {
    /// For which order.
    pub order: OrderId,
}

/// What was held for an order is sold.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct ReservationCommitted {
    /// For which order.
    pub order: OrderId,
    /// The seats.
    pub seats: Seats,
}
