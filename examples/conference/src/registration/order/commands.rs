//! What may be asked of an order.

use std::time::Duration;

use cqrs::prelude::*;

use crate::{ConferenceId, OrderId, Price, Seats};

/// Ask for seats.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct PlaceOrder {
    /// Under which number.
    #[command(id)]
    pub order: OrderId,
    /// Of which conference.
    pub conference: ConferenceId,
    /// How many of each type.
    pub seats: Seats,
    /// How long the seats are held for a payment.
    pub hold: Duration,
}

/// Ask for other seats instead, for as long as the order is not paid.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct UpdateOrder {
    /// Which order.
    #[command(id)]
    pub order: OrderId,
    /// How many of each type.
    pub seats: Seats,
}

/// Note which seats the order has got.
#[derive(Command, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct MarkSeatsReserved {
    /// Which order.
    #[command(id)]
    pub order: OrderId,
    /// By which reservation; an earlier one than the order waits for is no news.
    pub reservation: u32,
    /// Which seats.
    pub seats: Seats,
    /// What they cost.
    pub total: Price,
}

/// Confirm that the order is paid.
#[derive(Command, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct ConfirmOrder {
    /// Which order.
    #[command(id)]
    pub order: OrderId,
    /// The seats that are sold by it.
    pub seats: Seats,
}

/// Give the order up: its time is over.
#[derive(Command, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct ExpireOrder {
    /// Which order.
    #[command(id)]
    pub order: OrderId,
}
