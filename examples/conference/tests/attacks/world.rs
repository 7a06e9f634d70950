//! The conference on a store of the test's choice, and a clock that stands still.

use std::{sync::Arc, time::Duration};

use conference::{
    ConferenceId, OrderId, Price, Seats,
    payments::{CancelPayment, CompletePayment, InitiatePayment, Payment, RefundPayment},
    registration::{
        AssignSeat, CreateSeatAssignments, Order, Registration, SeatAssignments, SeatsAvailability,
        UnassignSeat,
        availability::{CancelReservation, CommitReservation, MakeReservation, OfferSeats},
        order::{ConfirmOrder, ExpireOrder, MarkSeatsReserved, PlaceOrder, UpdateOrder},
    },
};
use cqrs::{prelude::*, registry::Registry, store::Store, testing::ManualClock};

pub(crate) const ORDER: OrderId = OrderId::new(7);

/// Registration and payments alone: linked in are also the tests' tools, which have a domain of their own.
pub(crate) fn registry() -> Registry {
    let mut registry = Registry::empty();
    registry.aggregate::<Order>();
    registry.command::<PlaceOrder>();
    registry.command::<UpdateOrder>();
    registry.command::<MarkSeatsReserved>();
    registry.command::<ConfirmOrder>();
    registry.command::<ExpireOrder>();
    registry.aggregate::<SeatsAvailability>();
    registry.command::<OfferSeats>();
    registry.command::<MakeReservation>();
    registry.command::<CancelReservation>();
    registry.command::<CommitReservation>();
    registry.aggregate::<SeatAssignments>();
    registry.command::<CreateSeatAssignments>();
    registry.command::<AssignSeat>();
    registry.command::<UnassignSeat>();
    registry.aggregate::<Payment>();
    registry.command::<InitiatePayment>();
    registry.command::<CompletePayment>();
    registry.command::<CancelPayment>();
    registry.command::<RefundPayment>();
    registry.process_manager::<Registration>();
    registry
}

pub(crate) struct World {
    pub(crate) app: Application,
    clock: ManualClock,
}

impl World {
    /// What is in the store goes on.
    pub(crate) async fn started(store: &Arc<dyn Store>) -> Self {
        let clock = ManualClock::at("2026-01-01T12:00:00Z".parse().unwrap());
        let builder = Application::builder().shared_store(Arc::clone(store)).registry(registry());
        let app = builder.clock(clock.clone()).start().await.unwrap();
        Self { app, clock }
    }

    /// Where order 7 has two of ten seats, and is to be paid.
    pub(crate) async fn to_be_paid(store: &Arc<dyn Store>) -> Self {
        let world = Self::started(store).await;
        let app = &world.app;
        let conference = || ConferenceId::from("rust");
        let price = Price::hundredths(1_000);
        let offer =
            OfferSeats { conference: conference(), seat_type: "A".into(), quantity: 10, price, version: 1 };
        app.dispatch(offer).await.unwrap();
        let (seats, hold) = (Seats::from([("A", 2)]), Duration::from_mins(15));
        app.dispatch(PlaceOrder { order: ORDER, conference: conference(), seats, hold }).await.unwrap();
        world.pass(Duration::ZERO).await;
        let amount = Price::hundredths(2_000);
        world.app.dispatch(InitiatePayment { order: ORDER, amount }).await.unwrap();
        world
    }

    /// Lets time pass, and everything happen that is due.
    pub(crate) async fn pass(&self, time: Duration) {
        self.clock.advance(&self.app, time).await;
    }

    pub(crate) async fn pay(&self) {
        self.app.dispatch(CompletePayment { order: ORDER }).await.unwrap();
    }
}
