//! What is looked at, in memory: made of the events at each start.

mod draft_orders;
mod priced_orders;
mod remaining_seats;

pub use draft_orders::{DraftOrder, DraftOrders};
pub use priced_orders::{PricedLine, PricedOrder, PricedOrders};
pub use remaining_seats::{RemainingRow, RemainingSeats};
