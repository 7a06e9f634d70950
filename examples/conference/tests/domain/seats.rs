//! Seats: offered, reserved, given back, sold.

use conference::{
    OrderId, Price, Seats,
    registration::{
        SeatsAvailability,
        availability::{
            CancelReservation, CommitReservation, MakeReservation, OfferSeats, ReservationCancelled,
            ReservationCommitted, SeatsError, SeatsOffered, SeatsReserved,
        },
    },
};
use cqrs::testing::{Given, given, given_nothing};

const ALICE: OrderId = OrderId::new(1);
const BOB: OrderId = OrderId::new(2);

/// Ten of A at 10.00 each, five of B at 2.50.
fn offered() -> Vec<SeatsOffered> {
    [("A", 10, 1_000), ("B", 5, 250)].map(|(name, quantity, price)| offer(name, quantity, price, 1)).into()
}

fn offer(name: &str, quantity: u32, price: u64, version: u32) -> SeatsOffered {
    SeatsOffered { seat_type: name.into(), quantity, price: Price::hundredths(price), version }
}

fn held(order: OrderId, wanted: Seats, seats: Seats, total: u64) -> SeatsReserved {
    SeatsReserved { order, reservation: 1, wanted, seats, total: Price::hundredths(total) }
}

fn make(order: OrderId, seats: Seats) -> MakeReservation {
    MakeReservation { conference: "x".into(), order, reservation: 1, seats }
}

/// Where Alice holds four of A.
fn alice_holds_four() -> Given<SeatsAvailability> {
    given((offered(), held(ALICE, [("A", 4)].into(), [("A", 4)].into(), 4_000)))
}

#[tokio::test]
async fn fewer_seats_than_there_are_are_all_reserved() {
    let wanted = || Seats::from([("A", 3), ("B", 1)]);
    let outcome = given::<SeatsAvailability>(offered()).when(make(ALICE, wanted())).await;
    outcome
        .then(held(ALICE, wanted(), wanted(), 3_250))
        .then_state(|seats| assert_eq!((seats.remaining(&"A".into()), seats.remaining(&"B".into())), (7, 4)));
}

#[tokio::test]
async fn of_more_seats_than_there_are_as_many_are_reserved_as_there_are() {
    let outcome = alice_holds_four().when(make(BOB, [("A", 8), ("C", 1)].into())).await;
    outcome.then(held(BOB, [("A", 8), ("C", 1)].into(), [("A", 6)].into(), 6_000));
}

#[tokio::test]
async fn where_nothing_was_offered_nothing_is_reserved() {
    let outcome = given_nothing::<SeatsAvailability>().when(make(BOB, [("A", 1)].into())).await;
    outcome.then(held(BOB, [("A", 1)].into(), Seats::none(), 0));
}

#[tokio::test]
async fn a_reservation_is_updated_up_to_all_that_nobody_else_has() {
    let outcome = alice_holds_four().when(make(ALICE, [("A", 10)].into())).await;
    outcome.then(held(ALICE, [("A", 10)].into(), [("A", 10)].into(), 10_000));
    let outcome = alice_holds_four().when(make(ALICE, [("A", 11)].into())).await;
    outcome.then(held(ALICE, [("A", 11)].into(), [("A", 10)].into(), 10_000));
}

#[tokio::test]
async fn a_reservation_is_updated_down_and_the_rest_goes_back() {
    let outcome = alice_holds_four().when(make(ALICE, [("A", 1)].into())).await;
    outcome
        .then(held(ALICE, [("A", 1)].into(), [("A", 1)].into(), 1_000))
        .then_state(|seats| assert_eq!(seats.remaining(&"A".into()), 9));
}

#[tokio::test]
async fn a_reservation_is_updated_to_another_type_and_the_first_goes_back() {
    let outcome = alice_holds_four().when(make(ALICE, [("B", 2)].into())).await;
    outcome.then(held(ALICE, [("B", 2)].into(), [("B", 2)].into(), 500)).then_state(|seats| {
        assert_eq!((seats.remaining(&"A".into()), seats.remaining(&"B".into())), (10, 3));
    });
}

#[tokio::test]
async fn a_cancelled_reservation_gives_its_seats_back() {
    let outcome = alice_holds_four().when(CancelReservation { conference: "x".into(), order: ALICE }).await;
    outcome
        .then(ReservationCancelled { order: ALICE })
        .then_state(|seats| assert_eq!(seats.remaining(&"A".into()), 10));
}

#[tokio::test]
async fn a_committed_reservation_is_sold_and_changes_no_more() {
    let outcome = alice_holds_four().when(CommitReservation { conference: "x".into(), order: ALICE }).await;
    let sold = ReservationCommitted { order: ALICE, seats: [("A", 4)].into() };
    outcome.then(sold.clone()).then_state(|seats| assert_eq!(seats.remaining(&"A".into()), 6));
    let history = || {
        given::<SeatsAvailability>((
            offered(),
            held(ALICE, [("A", 4)].into(), [("A", 4)].into(), 4_000),
            sold.clone(),
        ))
    };
    history().when(make(ALICE, [("A", 1)].into())).await.then_rejected(SeatsError::Sold);
    history().when(CancelReservation { conference: "x".into(), order: ALICE }).await.then_nothing();
}

#[tokio::test]
async fn cancelling_or_committing_what_nobody_knows_does_nothing() {
    for known in [false, true] {
        let history = || if known { alice_holds_four() } else { given_nothing() };
        history().when(CancelReservation { conference: "x".into(), order: BOB }).await.then_nothing();
        history().when(CommitReservation { conference: "x".into(), order: BOB }).await.then_nothing();
    }
}

#[tokio::test]
async fn an_offer_that_comes_again_or_late_is_no_news() {
    let again = |quantity, version| {
        let price = Price::hundredths(1_000);
        OfferSeats { conference: "x".into(), seat_type: "A".into(), quantity, price, version }
    };
    let history = || given::<SeatsAvailability>(vec![offer("A", 10, 1_000, 2)]);
    history().when(again(10, 2)).await.then_nothing();
    history().when(again(7, 1)).await.then_nothing();
    history().when(again(7, 3)).await.then(offer("A", 7, 1_000, 3));
}

#[tokio::test]
async fn of_fewer_seats_than_are_taken_none_is_left() {
    let fewer = offer("A", 3, 1_000, 2);
    let history = (offered(), held(ALICE, [("A", 4)].into(), [("A", 4)].into(), 4_000), fewer);
    let outcome = given::<SeatsAvailability>(history).when(make(BOB, [("A", 1)].into())).await;
    outcome.then(held(BOB, [("A", 1)].into(), Seats::none(), 0));
}
