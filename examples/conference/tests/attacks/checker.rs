//! What the log says of orders and seats, told again by a fold that shares no code with the domain.

use std::collections::{BTreeMap, BTreeSet};

use conference::{
    OrderId, SeatType, Seats,
    registration::{
        SeatAssignmentsCreated,
        availability::{ReservationCancelled, ReservationCommitted, SeatsOffered, SeatsReserved},
        order::{OrderConfirmed, OrderExpired, OrderPartlyReserved, OrderReserved},
    },
};
use cqrs::{event::RecordedEvent, store::Store};
use cqrs_tests::{
    audit::all_events,
    process_audit::{Processes, audit_processes},
};

/// What the log says.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// By conference.
    pub(crate) conferences: BTreeMap<String, Conference>,
    /// What became of each order, at last.
    pub(crate) orders: BTreeMap<OrderId, (&'static str, Seats)>,
    /// Who may sit where.
    assigned: BTreeMap<String, Vec<SeatType>>,
    pub(crate) refunds: BTreeSet<String>,
    /// What processes have done.
    pub(crate) processes: Processes,
}

/// The seats of a conference.
#[derive(Debug, Default)]
pub(crate) struct Conference {
    pub(crate) offered: BTreeMap<SeatType, u32>,
    pub(crate) held: BTreeMap<OrderId, Seats>,
    pub(crate) sold: BTreeMap<OrderId, Seats>,
}

/// Reads the log, and checks that at no moment somebody had a seat that somebody else had, that what is sold is what is confirmed
/// and what can be assigned, and all that [`audit_processes`] checks: every command of every step took effect once or was refused
/// once, every timer came once at most.
///
/// # Panics
/// If the log says otherwise.
pub(crate) async fn check(store: &dyn Store) -> Told {
    let mut told = Told { processes: audit_processes(store).await, ..Told::default() };
    for event in all_events(store).await {
        told.hear(&event);
    }
    for (order, sold) in told.conferences.values().flat_map(|conference| &conference.sold) {
        let (outcome, seats) = &told.orders[order];
        assert_eq!((*outcome, seats), ("confirmed", sold), "what is sold of order {order}");
        assert_eq!(told.assigned[&order.to_string()], sold.each().cloned().collect::<Vec<_>>());
    }
    told
}

impl Told {
    fn hear(&mut self, event: &RecordedEvent) {
        let stream = &event.envelope.stream;
        match (stream.category(), event.envelope.name.as_str()) {
            ("seats-availability", _) => {
                let conference = self.conferences.entry(stream.key().to_owned()).or_default();
                conference.hear(event);
                conference.no_seat_is_given_twice();
            }
            ("order", name) => self.hear_of_order(name, event),
            ("seat-assignments", "seat-assignments-created") => {
                let SeatAssignmentsCreated { seats } = event.decode().unwrap();
                assert!(self.assigned.insert(stream.key().to_owned(), seats).is_none(), "twice: {event:?}");
            }
            ("payment", "refund-requested") => {
                assert!(self.refunds.insert(stream.key().to_owned()), "twice: {event:?}");
            }
            _ => {}
        }
    }

    fn hear_of_order(&mut self, name: &str, event: &RecordedEvent) {
        let (order, told) = match name {
            "order-reserved" => {
                event.decode().map(|OrderReserved { order, seats, .. }| (order, ("reserved", seats)))
            }
            "order-partly-reserved" => {
                event.decode().map(|OrderPartlyReserved { order, seats, .. }| (order, ("partial", seats)))
            }
            "order-confirmed" => {
                event.decode().map(|OrderConfirmed { order, seats }| (order, ("confirmed", seats)))
            }
            "order-expired" => {
                event.decode().map(|OrderExpired { order }| (order, ("expired", Seats::none())))
            }
            _ => return,
        }
        .unwrap();
        let before = self.orders.insert(order, told);
        let is_final = before.is_some_and(|(outcome, _)| matches!(outcome, "confirmed" | "expired"));
        assert!(!is_final, "order {order} was at its end before: {event:?}");
    }

    /// How many orders have come to this, with so many seats in all.
    pub(crate) fn count(&self, conference: &str, outcome: &str) -> (usize, u32) {
        let has = |order: &OrderId| {
            let conference = &self.conferences[conference];
            conference.held.contains_key(order) || conference.sold.contains_key(order)
        };
        let all = self.orders.iter().filter(|(order, (came_to, _))| *came_to == outcome && has(order));
        all.fold((0, 0), |(orders, seats), (_, (_, more))| (orders + 1, seats + more.count()))
    }
}

impl Conference {
    fn hear(&mut self, event: &RecordedEvent) {
        match event.envelope.name.as_str() {
            "seats-offered" => {
                let SeatsOffered { seat_type, quantity, .. } = event.decode().unwrap();
                self.offered.insert(seat_type, quantity);
            }
            "seats-reserved" => {
                let SeatsReserved { order, seats, .. } = event.decode().unwrap();
                self.held.insert(order, seats);
            }
            "reservation-cancelled" => {
                let ReservationCancelled { order } = event.decode().unwrap();
                self.held.remove(&order).expect("what is given back was held");
            }
            _ => {
                let ReservationCommitted { order, seats } = event.decode().unwrap();
                assert_eq!(self.held.remove(&order).as_ref(), Some(&seats), "what is sold was held");
                assert!(self.sold.insert(order, seats).is_none(), "sold twice: {event:?}");
            }
        }
    }

    fn no_seat_is_given_twice(&self) {
        for (seat_type, offered) in &self.offered {
            let taken: u32 =
                self.held.values().chain(self.sold.values()).map(|seats| seats.of(seat_type)).sum();
            assert!(taken <= *offered, "{taken} of {offered} seats of type {seat_type} are given away");
        }
    }
}

#[cfg(test)]
mod tests {
    use conference::Price;
    use cqrs::{
        EventId, Metadata, StreamId,
        event::Event,
        prelude::*,
        store::{Append, EventStore, Expected, NewEvent, StreamWrite},
    };

    use super::*;

    async fn add(store: &MemoryStore, event: &impl Event) {
        let event = NewEvent {
            id: EventId::generate(),
            name: event.kind().name.into(),
            schema_version: 1,
            payload: event.encode().unwrap(),
            tags: Vec::new(),
        };
        let stream = StreamId::new("seats-availability", "rust");
        let writes = vec![StreamWrite { stream, expected: Expected::Any, events: vec![event] }];
        store.append(Append { writes, command: None, metadata: Metadata::new() }).await.unwrap();
    }

    #[tokio::test]
    #[should_panic(expected = "3 of 2 seats of type A are given away")]
    async fn a_seat_that_two_have_is_seen() {
        let (store, price) = (MemoryStore::new(), Price::FREE);
        add(&store, &SeatsOffered { seat_type: "A".into(), quantity: 2, price, version: 1 }).await;
        for (order, seats) in [(1, 1), (2, 2)] {
            let (order, seats) = (OrderId::new(order), Seats::from([("A", seats)]));
            let reserved =
                SeatsReserved { order, reservation: 1, wanted: seats.clone(), seats, total: price };
            add(&store, &reserved).await;
        }
        check(&store).await;
    }
}
