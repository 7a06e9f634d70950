//! Facts about an order.

use cqrs::{Timestamp, prelude::*};

use crate::{ConferenceId, OrderId, Price, Seats};

/// Somebody asks for seats.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct OrderPlaced {
    /// Which order it is.
    pub order: OrderId,
    /// Of which conference.
    pub conference: ConferenceId,
    /// How many of each type.
    pub seats: Seats,
    /// How long they are held for a payment.
    pub until: Timestamp,
}

/// Somebody asks for other seats instead.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct OrderUpdated {
    /// Which order it is.
    pub order: OrderId,
    /// How many of each type.
    pub seats: Seats,
    /// Which reservation that asks for; those before hold no more.
    pub reservation: u32,
}

/// The order has all the seats it asks for.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct OrderReserved {
    /// Which order it is.
    pub order: OrderId,
    /// The seats.
    pub seats: Seats,
    /// What they cost.
    pub total: Price,
}

/// The order has fewer seats than it asks for, perhaps none.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct OrderPartlyReserved {
    /// Which order it is.
    pub order: OrderId,
    /// The seats.
    pub seats: Seats,
    /// What they cost.
    pub total: Price,
}

/// The order is paid; its seats are sold.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct OrderConfirmed {
    /// Which order it is.
    pub order: OrderId,
    /// The seats.
    pub seats: Seats,
}

/// The order was not paid in time; it has no seats.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct OrderExpired {
    /// Which order it is.
    pub order: OrderId,
}
