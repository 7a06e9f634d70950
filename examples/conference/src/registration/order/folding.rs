//! How the facts add up to an order.

use cqrs::prelude::*;

use crate::{Price, Seats};

use super::{
    Order, OrderConfirmed, OrderExpired, OrderPartlyReserved, OrderPlaced, OrderReserved, OrderUpdated,
    Standing,
};

#[event_handler]
impl Order {
    fn placed(event: &OrderPlaced) -> Self {
        Self {
            wanted: event.seats.clone(),
            reservation: 1,
            reserved: Seats::none(),
            total: Price::FREE,
            standing: Standing::Placed,
        }
    }

    fn updated(&mut self, event: &OrderUpdated) {
        self.wanted = event.seats.clone();
        self.reservation = event.reservation;
        self.standing = Standing::Placed;
    }

    fn wholly_reserved(&mut self, event: &OrderReserved) {
        self.has(&event.seats, event.total, Standing::Reserved);
    }

    fn partly_reserved(&mut self, event: &OrderPartlyReserved) {
        self.has(&event.seats, event.total, Standing::PartlyReserved);
    }

    fn confirmed(&mut self, event: &OrderConfirmed) {
        self.has(&event.seats, self.total, Standing::Confirmed);
    }

    fn expired(&mut self, _: &OrderExpired) {
        self.has(&Seats::none(), Price::FREE, Standing::Expired);
    }
}

impl Order {
    fn has(&mut self, seats: &Seats, total: Price, standing: Standing) {
        self.reserved = seats.clone();
        self.total = total;
        self.standing = standing;
    }
}
