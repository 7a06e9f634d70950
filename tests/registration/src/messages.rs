//! What happens, and what is asked for.

use cqrs::{Timestamp, prelude::*};
use serde::{Deserialize, Serialize};

#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrderId(pub u32);

#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
pub struct ConferenceId(pub u32);

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct OrderPlaced {
    pub order: OrderId,
    pub conference: ConferenceId,
    pub seats: u32,
    pub until: Timestamp,
}

/// Its stream is the order's.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct OrderNoted {
    pub note: String,
}

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct SeatsReserved {
    pub seats: u32,
}

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct SeatsGivenBack {}

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct PaymentCompleted {
    pub order: OrderId,
}

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[event(alias = "registration-timed-out")]
pub struct RegistrationExpired {}

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct ReminderDue {
    pub number: u32,
}

#[derive(Command, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct PlaceOrder {
    #[command(id)]
    pub order: OrderId,
    pub conference: ConferenceId,
    pub seats: u32,
    pub until: Timestamp,
}

#[derive(Command, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct NoteOrder {
    #[command(id)]
    pub order: OrderId,
    pub note: String,
}

#[derive(Command, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct CompletePayment {
    #[command(id)]
    pub order: OrderId,
}

#[derive(Command, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[command(alias = "book-seats")]
pub struct ReserveSeats {
    #[command(id)]
    pub conference: ConferenceId,
    pub order: OrderId,
    pub seats: u32,
}

#[derive(Command, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct GiveSeatsBack {
    #[command(id)]
    pub conference: ConferenceId,
    pub order: OrderId,
}

#[derive(Command, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct Remind {
    #[command(id)]
    pub order: OrderId,
    pub number: u32,
}

/// Handled by another program.
#[derive(Command, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct RefundPayment {
    #[command(id)]
    pub order: OrderId,
}
