//! Who sits where, once an order is confirmed.

use cqrs::prelude::*;

use crate::{OrderId, SeatType, Seats};

/// Make the seats of an order ones that can be assigned.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct CreateSeatAssignments {
    /// Of which order.
    #[command(id)]
    pub order: OrderId,
    /// How many seats of each type it has.
    pub seats: Seats,
}

/// Give a seat to somebody.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct AssignSeat {
    /// Of which order.
    #[command(id)]
    pub order: OrderId,
    /// Which seat of the order, from 0.
    pub seat: usize,
    /// Who is to sit there.
    pub attendee: String,
}

/// Take a seat back.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct UnassignSeat {
    /// Of which order.
    #[command(id)]
    pub order: OrderId,
    /// Which seat of the order, from 0.
    pub seat: usize,
}

/// The seats of an order can be assigned.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct SeatAssignmentsCreated {
    /// The seats, by their types.
    pub seats: Vec<SeatType>,
}

/// A seat is somebody's.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct SeatAssigned {
    /// Which seat of the order, from 0.
    pub seat: usize,
    /// Whose.
    pub attendee: String,
}

/// A seat is nobody's any more.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct SeatUnassigned {
    /// Which seat of the order, from 0.
    pub seat: usize,
}

/// Why a seat is not assigned. Nothing has happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AssignmentError {
    /// The order has fewer seats.
    #[error("the order has no seat {0}")]
    NoSuchSeat(usize),
}

/// The seats of a confirmed order, and whose they are.
#[derive(Aggregate, Serialize, Deserialize, Debug, Clone)]
#[aggregate(id = OrderId)]
pub struct SeatAssignments {
    attendees: Vec<Option<String>>,
}

#[event_handler]
impl SeatAssignments {
    fn created(event: &SeatAssignmentsCreated) -> Self {
        Self { attendees: vec![None; event.seats.len()] }
    }

    fn assigned(&mut self, event: &SeatAssigned) {
        self.attendees[event.seat] = Some(event.attendee.clone());
    }

    fn unassigned(&mut self, event: &SeatUnassigned) {
        self.attendees[event.seat] = None;
    }
}

#[command_handler]
impl SeatAssignments {
    fn create(command: CreateSeatAssignments) -> SeatAssignmentsCreated {
        SeatAssignmentsCreated { seats: command.seats.each().cloned().collect() }
    }

    fn assign(&self, command: AssignSeat) -> Result<Option<SeatAssigned>, AssignmentError> {
        let AssignSeat { order: _, seat, attendee } = command;
        let is_news = self.attendee(seat)? != Some(attendee.as_str());
        Ok(is_news.then_some(SeatAssigned { seat, attendee }))
    }

    fn unassign(&self, command: UnassignSeat) -> Result<Option<SeatUnassigned>, AssignmentError> {
        let is_news = self.attendee(command.seat)?.is_some();
        Ok(is_news.then_some(SeatUnassigned { seat: command.seat }))
    }
}

impl SeatAssignments {
    fn attendee(&self, seat: usize) -> Result<Option<&str>, AssignmentError> {
        self.attendees.get(seat).map(Option::as_deref).ok_or(AssignmentError::NoSuchSeat(seat))
    }
}
