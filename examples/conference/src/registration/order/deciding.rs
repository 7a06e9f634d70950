//! What an order says to what is asked of it.

use cqrs::{Timestamp, prelude::*};

use super::{
    ConfirmOrder, ExpireOrder, MarkSeatsReserved, Order, OrderConfirmed, OrderEvent, OrderExpired,
    OrderPartlyReserved, OrderPlaced, OrderReserved, OrderUpdated, PlaceOrder, Standing, UpdateOrder,
};

/// Why an order refuses a command. Nothing has happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OrderError {
    /// It is of no use to ask for nothing.
    #[error("an order needs seats")]
    NoSeats,
    /// What is paid stays as it is.
    #[error("the order is confirmed")]
    Confirmed,
    /// Its time is over.
    #[error("the order has expired")]
    Expired,
}

#[command_handler]
impl Order {
    fn place(command: PlaceOrder, metadata: &Metadata) -> Result<OrderPlaced, OrderError> {
        let PlaceOrder { order, conference, seats, hold } = command;
        if seats.is_empty() {
            return Err(OrderError::NoSeats);
        }
        let until = metadata.time.checked_add(hold).unwrap_or(Timestamp::MAX);
        Ok(OrderPlaced { order, conference, seats, until })
    }

    /// What it asks for already is no news.
    fn update(&self, command: UpdateOrder) -> Result<Option<OrderUpdated>, OrderError> {
        self.open()?;
        let UpdateOrder { order, seats } = command;
        if seats.is_empty() {
            return Err(OrderError::NoSeats);
        }
        let reservation = self.reservation + 1;
        Ok((seats != self.wanted).then_some(OrderUpdated { order, seats, reservation }))
    }

    fn mark_reserved(&self, command: MarkSeatsReserved) -> Result<Option<OrderEvent>, OrderError> {
        self.open()?;
        let MarkSeatsReserved { order, reservation, seats, total } = command;
        if reservation != self.reservation {
            return Ok(None);
        }
        Ok(Some(if seats == self.wanted {
            OrderReserved { order, seats, total }.into()
        } else {
            OrderPartlyReserved { order, seats, total }.into()
        }))
    }

    fn confirm(&self, command: ConfirmOrder) -> Result<OrderConfirmed, OrderError> {
        self.open()?;
        let ConfirmOrder { order, seats } = command;
        Ok(OrderConfirmed { order, seats })
    }

    fn expire(&self, command: ExpireOrder) -> Result<Option<OrderExpired>, OrderError> {
        match self.standing {
            Standing::Confirmed => Err(OrderError::Confirmed),
            Standing::Expired => Ok(None),
            _ => Ok(Some(OrderExpired { order: command.order })),
        }
    }
}

impl Order {
    fn open(&self) -> Result<(), OrderError> {
        match self.standing {
            Standing::Confirmed => Err(OrderError::Confirmed),
            Standing::Expired => Err(OrderError::Expired),
            Standing::Placed | Standing::PartlyReserved | Standing::Reserved => Ok(()),
        }
    }
}
