//! The whole conference on a clock that stands still.

use std::time::Duration;

use conference::{
    ConferenceId, OrderId, Price, Seats,
    management::{CreateConference, DefineSeats, PublishConference},
    payments::{CompletePayment, InitiatePayment},
    registration::{
        Order, SeatsAvailability,
        order::{PlaceOrder, Standing},
        read_models::{DraftOrders, RemainingSeats},
    },
};
use cqrs::testing::{ManualClock, TestApplication};
use tokio::task::JoinSet;

pub(crate) const HOLD: Duration = Duration::from_mins(15);

pub(crate) struct World {
    pub(crate) app: TestApplication,
    pub(crate) clock: ManualClock,
}

pub(crate) fn here() -> ConferenceId {
    "rust".into()
}

/// A published conference with these seats, at 10.00 each.
pub(crate) async fn selling(seats: &Seats) -> World {
    let world = World::new().await;
    let app = &world.app;
    app.dispatch(CreateConference { conference: here(), title: "Rust".to_owned() }).await.unwrap();
    for (seat_type, quantity) in seats.iter() {
        let (seat_type, title, price) = (seat_type.clone(), seat_type.to_string(), Price::hundredths(1_000));
        app.dispatch(DefineSeats { conference: here(), seat_type, title, quantity, price }).await.unwrap();
    }
    app.dispatch(PublishConference { conference: here() }).await.unwrap();
    world.settle().await;
    world
}

impl World {
    async fn new() -> Self {
        let clock = ManualClock::at("2026-01-01T12:00:00Z".parse().unwrap());
        let app = TestApplication::builder().with(|app| app.clock(clock.clone())).start().await;
        Self { app, clock }
    }

    /// Lets everything happen that happens by itself, and time pass.
    pub(crate) async fn pass(&self, time: Duration) {
        self.clock.advance(&self.app, time).await;
    }

    pub(crate) async fn settle(&self) {
        self.pass(Duration::ZERO).await;
    }

    pub(crate) async fn place(&self, order: OrderId, seats: Seats) {
        self.app.dispatch(place(order, seats, HOLD)).await.unwrap();
        self.settle().await;
    }

    /// All these orders at once.
    pub(crate) async fn all_place(&self, orders: std::ops::Range<u32>, seats: &Seats) {
        let place = |order| self.app.dispatch(place(OrderId::new(order), seats.clone(), HOLD));
        let all: JoinSet<_> = orders.map(place).map(IntoFuture::into_future).collect();
        all.join_all().await.into_iter().for_each(|placed| drop(placed.unwrap()));
        self.settle().await;
    }

    pub(crate) async fn pay(&self, order: OrderId) {
        self.app.dispatch(InitiatePayment { order, amount: Price::hundredths(2_000) }).await.unwrap();
        self.app.dispatch(CompletePayment { order }).await.unwrap();
        self.settle().await;
    }

    pub(crate) async fn order(&self, order: OrderId) -> Order {
        let root = self.app.repository::<Order>().load(&order).await.unwrap();
        root.state().unwrap().clone()
    }

    /// How many orders are as far as that, and have so many seats.
    pub(crate) fn count(&self, standing: Standing, seats: &Seats) -> usize {
        let orders = self.app.projection::<DraftOrders>();
        let orders = orders.read();
        let conference = here();
        orders
            .of(&conference)
            .filter(|(_, order)| order.standing == standing && order.reserved == *seats)
            .count()
    }

    /// How many seats nobody has, by the aggregate and by the read model.
    pub(crate) async fn left(&self, name: &str) -> u32 {
        let seats = self.app.repository::<SeatsAvailability>().load(&here()).await.unwrap();
        let left = seats.state().unwrap().remaining(&name.into());
        let row = self.app.projection::<RemainingSeats>().read().row(&here(), &name.into()).unwrap();
        assert_eq!(left, row.remaining, "the read model says what the aggregate says");
        left
    }

    /// Nothing was left behind by anybody.
    pub(crate) async fn nobody_failed(&self) {
        for worker in ["process/registration/steps", "process/registration/sender", "offer-announced-seats"] {
            let letters = self.app.dead_letters(worker).list().await.unwrap();
            assert!(letters.is_empty(), "{letters:?}");
        }
    }
}

pub(crate) fn place(order: OrderId, seats: Seats, hold: Duration) -> PlaceOrder {
    PlaceOrder { order, conference: here(), seats, hold }
}
