//! Read models, whatever order they hear things in.

use conference::{
    ConferenceId, OrderId, Price, Seats,
    management::{Conference, ConferenceCreated, SeatsAnnounced},
    registration::{
        Order, SeatsAvailability,
        availability::{ReservationCancelled, SeatsReserved},
        order::{
            OrderConfirmed, OrderExpired, OrderPartlyReserved, OrderPlaced, OrderReserved, OrderUpdated,
            Standing,
        },
        read_models::{DraftOrders, PricedLine, PricedOrder, PricedOrders, RemainingSeats},
    },
};
use cqrs::testing::project;

const ORDER: OrderId = OrderId::new(7);

fn here() -> ConferenceId {
    "rust".into()
}

fn announced(title: &str, quantity: u32, version: u32) -> SeatsAnnounced {
    let (title, price) = (title.to_owned(), Price::hundredths(1_000));
    SeatsAnnounced { conference: here(), seat_type: "A".into(), title, quantity, price, version }
}

fn created() -> ConferenceCreated {
    ConferenceCreated { conference: here(), title: "Rust".to_owned() }
}

fn placed() -> OrderPlaced {
    let until = "2026-01-01T12:15:00Z".parse().unwrap();
    OrderPlaced { order: ORDER, conference: here(), seats: [("A", 2)].into(), until }
}

fn reserved() -> OrderReserved {
    OrderReserved { order: ORDER, seats: [("A", 2)].into(), total: Price::hundredths(2_000) }
}

#[test]
fn seats_announced_before_the_conference_is_known_come_out_right() {
    project::<RemainingSeats>()
        .given::<Conference>(&here(), announced("Hall", 10, 1))
        .given::<Conference>(&here(), created())
        .then(|seats| {
            assert_eq!(seats.title(&here()), Some("Rust"));
            assert_eq!(seats.row(&here(), &"A".into()).unwrap().remaining, 10);
        });
}

#[test]
fn announcements_that_come_doubled_or_late_come_out_right() {
    project::<RemainingSeats>()
        .given::<Conference>(&here(), (created(), announced("Hall", 12, 2)))
        .given::<Conference>(&here(), (announced("Room", 10, 1), announced("Hall", 12, 2)))
        .then(|seats| {
            let row = seats.row(&here(), &"A".into()).unwrap();
            assert_eq!((row.title.as_str(), row.quantity, row.remaining), ("Hall", 12, 12));
        });
    project::<PricedOrders>()
        .given::<Conference>(&here(), (announced("Hall", 12, 2), announced("Room", 10, 1)))
        .given::<Order>(&ORDER, (placed(), reserved()))
        .then(|orders| assert_eq!(orders.order(ORDER).unwrap().lines[0].title, "Hall"));
}

#[test]
fn what_is_held_is_not_left_and_what_is_given_back_is() {
    let held = |reservation, quantity| {
        let seats = || Seats::from([("A", quantity)]);
        SeatsReserved { order: ORDER, reservation, wanted: seats(), seats: seats(), total: Price::FREE }
    };
    let left = |seats: &RemainingSeats| seats.row(&here(), &"A".into()).unwrap().remaining;
    project::<RemainingSeats>()
        .given::<SeatsAvailability>(&here(), (held(1, 2), held(2, 5)))
        .given::<Conference>(&here(), announced("Hall", 10, 1))
        .then(|seats| assert_eq!(left(seats), 5));
    project::<RemainingSeats>()
        .given::<Conference>(&here(), announced("Hall", 10, 1))
        .given::<SeatsAvailability>(&here(), (held(1, 2), ReservationCancelled { order: ORDER }))
        .then(|seats| assert_eq!(left(seats), 10));
}

#[test]
fn a_priced_order_has_lines_and_a_total_until_it_expires() {
    let line = PricedLine { seat_type: "A".into(), title: "Hall".to_owned(), quantity: 2 };
    let priced = PricedOrder { lines: vec![line], total: Price::hundredths(2_000) };
    let orders = project::<PricedOrders>()
        .given::<Order>(&ORDER, (placed(), reserved()))
        .given::<Conference>(&here(), announced("Hall", 12, 1));
    orders.then(|orders| assert_eq!(orders.order(ORDER), Some(priced)));
    let orders = orders.given::<Order>(&ORDER, OrderExpired { order: ORDER });
    orders.then(|orders| assert_eq!(orders.order(ORDER), None));
}

#[test]
fn a_draft_order_shows_how_far_it_is() {
    let standing = |orders: &DraftOrders| orders.order(ORDER).unwrap().standing;
    let seats = || Seats::from([("A", 2)]);
    let total = Price::FREE;
    let orders = project::<DraftOrders>().given::<Order>(&ORDER, placed());
    orders.then(|orders| assert_eq!(standing(orders), Standing::Placed));
    let orders =
        orders.given::<Order>(&ORDER, OrderPartlyReserved { order: ORDER, seats: Seats::none(), total });
    orders.then(|orders| assert_eq!(standing(orders), Standing::PartlyReserved));
    let orders = orders.given::<Order>(&ORDER, OrderUpdated { order: ORDER, seats: seats(), reservation: 2 });
    orders.then(|orders| assert_eq!(standing(orders), Standing::Placed));
    let orders = orders.given::<Order>(&ORDER, (reserved(), OrderConfirmed { order: ORDER, seats: seats() }));
    orders.then(|orders| assert_eq!(standing(orders), Standing::Confirmed));
}
