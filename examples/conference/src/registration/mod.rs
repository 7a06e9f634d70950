//! Registration: orders, the seats they get, who sits on them, and the process that leads an order to its end.

mod assignments;
pub mod availability;
mod offering;
pub mod order;
mod process;
pub mod read_models;

use cqrs::prelude::*;

pub use assignments::{
    AssignSeat, AssignmentError, CreateSeatAssignments, SeatAssigned, SeatAssignments,
    SeatAssignmentsCreated, SeatUnassigned, UnassignSeat,
};
pub use availability::SeatsAvailability;
pub use offering::offer_announced_seats;
pub use order::Order;
pub use process::{LatePaymentsOver, Progress, Registration, RegistrationExpired};

/// The number of an order.
#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(transparent)]
pub struct OrderId(u32);

impl OrderId {
    /// The order with this number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }
}
