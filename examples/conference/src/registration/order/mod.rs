//! The order: what somebody asks for, and what became of it.

mod commands;
mod deciding;
mod events;
mod folding;

use cqrs::prelude::*;

use crate::{Price, Seats};

pub use commands::{ConfirmOrder, ExpireOrder, MarkSeatsReserved, PlaceOrder, UpdateOrder};
pub use deciding::OrderError;
pub use events::{
    OrderConfirmed, OrderExpired, OrderPartlyReserved, OrderPlaced, OrderReserved, OrderUpdated,
};

use super::OrderId;

/// An order, as its events left it.
#[derive(Aggregate, Serialize, Deserialize, Debug, Clone)]
#[aggregate(id = OrderId)]
pub struct Order {
    wanted: Seats,
    /// Which reservation is wanted, from 1: an update asks for another.
    reservation: u32,
    reserved: Seats,
    total: Price,
    standing: Standing,
}

/// How far an order is.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It waits for seats.
    Placed,
    /// It has fewer seats than it asked for, perhaps none.
    PartlyReserved,
    /// It has the seats it asked for.
    Reserved,
    /// It is paid; the seats are sold.
    Confirmed,
    /// It was not paid in time; it has no seats.
    Expired,
}

impl Order {
    /// How far it is.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// The seats it asks for.
    pub fn wanted(&self) -> &Seats {
        &self.wanted
    }

    /// The seats it has.
    pub fn reserved(&self) -> &Seats {
        &self.reserved
    }

    /// What the seats it has cost.
    pub fn total(&self) -> Price {
        self.total
    }
}
