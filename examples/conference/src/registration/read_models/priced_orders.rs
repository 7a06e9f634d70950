//! The orders, as an invoice shows them.

use std::collections::BTreeMap;

use cqrs::prelude::*;

use crate::{
    ConferenceId, OrderId, Price, SeatType, Seats,
    management::SeatsAnnounced,
    registration::order::{OrderExpired, OrderPartlyReserved, OrderPlaced, OrderReserved},
};

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedLine {
    /// Which type of seats.
    pub seat_type: SeatType,
    /// What it is called; nothing as long as nobody has said it.
    pub title: String,
    /// How many seats.
    pub quantity: u32,
}

/// What one order costs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PricedOrder {
    /// The seats.
    pub lines: Vec<PricedLine>,
    /// What all of them cost.
    pub total: Price,
}

/// What all orders cost.
#[derive(Projection, Debug, Default)]
pub struct PricedOrders {
    conferences: BTreeMap<OrderId, ConferenceId>,
    orders: BTreeMap<OrderId, (Seats, Price)>,
    /// With the version that says so.
    titles: BTreeMap<(ConferenceId, SeatType), (u32, String)>,
}

#[event_handler]
impl PricedOrders {
    fn announced(&mut self, event: &SeatsAnnounced) {
        let SeatsAnnounced { conference, seat_type, title, version, .. } = event.clone();
        let known = self.titles.entry((conference, seat_type)).or_default();
        if version > known.0 {
            *known = (version, title);
        }
    }

    fn placed(&mut self, event: &OrderPlaced) {
        self.conferences.insert(event.order, event.conference.clone());
    }

    fn reserved(&mut self, event: &OrderReserved) {
        self.orders.insert(event.order, (event.seats.clone(), event.total));
    }

    fn partly_reserved(&mut self, event: &OrderPartlyReserved) {
        self.orders.insert(event.order, (event.seats.clone(), event.total));
    }

    fn expired(&mut self, event: &OrderExpired) {
        self.orders.remove(&event.order);
    }
}

impl PricedOrders {
    /// What an order costs, once it has seats.
    pub fn order(&self, order: OrderId) -> Option<PricedOrder> {
        let (conference, (seats, total)) = (self.conferences.get(&order)?, self.orders.get(&order)?);
        let line = |(seat_type, quantity): (&SeatType, u32)| {
            let title = self.titles.get(&(conference.clone(), seat_type.clone()));
            let title = title.map(|(_, title)| title.clone()).unwrap_or_default();
            PricedLine { seat_type: seat_type.clone(), title, quantity }
        };
        Some(PricedOrder { lines: seats.iter().map(line).collect(), total: *total })
    }
}
