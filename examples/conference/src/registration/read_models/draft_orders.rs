//! The orders, as those who placed them see them.

use std::collections::BTreeMap;

use cqrs::prelude::*;

use crate::{
    ConferenceId, OrderId, Seats,
    registration::order::{
        OrderConfirmed, OrderExpired, OrderPartlyReserved, OrderPlaced, OrderReserved, OrderUpdated, Standing,
    },
};

/// One order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftOrder {
    /// Of which conference.
    pub conference: ConferenceId,
    /// The seats it asks for.
    pub wanted: Seats,
    /// The seats it has.
    pub reserved: Seats,
    /// How far it is.
    pub standing: Standing,
}

/// All orders.
#[derive(Projection, Debug, Default)]
pub struct DraftOrders {
    orders: BTreeMap<OrderId, DraftOrder>,
}

#[event_handler]
impl DraftOrders {
    fn placed(&mut self, event: &OrderPlaced) {
        let OrderPlaced { order, conference, seats: wanted, .. } = event.clone();
        let (reserved, standing) = (Seats::none(), Standing::Placed);
        self.orders.insert(order, DraftOrder { conference, wanted, reserved, standing });
    }

    fn updated(&mut self, event: &OrderUpdated) {
        if let Some(order) = self.orders.get_mut(&event.order) {
            order.wanted = event.seats.clone();
            order.standing = Standing::Placed;
        }
    }

    fn reserved(&mut self, event: &OrderReserved) {
        self.has(event.order, &event.seats, Standing::Reserved);
    }

    fn partly_reserved(&mut self, event: &OrderPartlyReserved) {
        self.has(event.order, &event.seats, Standing::PartlyReserved);
    }

    fn confirmed(&mut self, event: &OrderConfirmed) {
        self.has(event.order, &event.seats, Standing::Confirmed);
    }

    fn expired(&mut self, event: &OrderExpired) {
        self.has(event.order, &Seats::none(), Standing::Expired);
    }
}

impl DraftOrders {
    fn has(&mut self, order: OrderId, seats: &Seats, standing: Standing) {
        if let Some(order) = self.orders.get_mut(&order) {
            order.reserved = seats.clone();
            order.standing = standing;
        }
    }

    /// One order.
    pub fn order(&self, order: OrderId) -> Option<&DraftOrder> {
        self.orders.get(&order)
    }

    /// The orders of a conference, by number.
    pub fn of<'a>(&'a self, conference: &'a ConferenceId) -> impl Iterator<Item = (OrderId, &'a DraftOrder)> {
        let all = self.orders.iter().map(|(id, order)| (*id, order));
        all.filter(move |(_, order)| order.conference == *conference)
    }
}
