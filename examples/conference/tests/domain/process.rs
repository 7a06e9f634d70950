//! The process, step by step.

use std::time::Duration;

use conference::{
    OrderId, Price, Seats,
    payments::{PaymentCompleted, RefundPayment},
    registration::{
        CreateSeatAssignments, LatePaymentsOver, Progress, Registration, RegistrationExpired,
        availability::{CancelReservation, CommitReservation, MakeReservation, SeatsReserved},
        order::{ConfirmOrder, ExpireOrder, MarkSeatsReserved, OrderConfirmed, OrderPlaced, OrderUpdated},
    },
};
use cqrs::{
    Timestamp,
    process::Skipped,
    store::RefusalReason,
    testing::{Processing, process},
};

const ORDER: OrderId = OrderId::new(7);
const QUARTER: Duration = Duration::from_mins(15);

fn at(text: &str) -> Timestamp {
    format!("2026-01-{text}Z").parse().unwrap()
}

fn registration() -> Processing<Registration> {
    process::<Registration>().at(at("01T12:00:00"))
}

fn placed() -> OrderPlaced {
    OrderPlaced { order: ORDER, conference: "x".into(), seats: seats(), until: at("01T12:15:00") }
}

fn seats() -> Seats {
    [("A", 2)].into()
}

fn make(reservation: u32, seats: Seats) -> MakeReservation {
    MakeReservation { conference: "x".into(), order: ORDER, reservation, seats }
}

fn reserved(reservation: u32, seats: Seats, total: u64) -> SeatsReserved {
    let total = Price::hundredths(total);
    SeatsReserved { order: ORDER, reservation, wanted: self::seats(), seats, total }
}

fn mark(reservation: u32, seats: Seats, total: u64) -> MarkSeatsReserved {
    MarkSeatsReserved { order: ORDER, reservation, seats, total: Price::hundredths(total) }
}

fn confirmation() -> (CommitReservation, CreateSeatAssignments, ConfirmOrder) {
    (
        CommitReservation { conference: "x".into(), order: ORDER },
        CreateSeatAssignments { order: ORDER, seats: seats() },
        ConfirmOrder { order: ORDER, seats: seats() },
    )
}

fn paid() -> PaymentCompleted {
    PaymentCompleted { order: ORDER }
}

fn refund(reason: &str) -> RefundPayment {
    RefundPayment { order: ORDER, reason: reason.to_owned() }
}

#[test]
fn an_order_gets_seats_is_paid_and_confirmed() {
    registration()
        .when(placed())
        .then_sends(make(1, seats()))
        .then_schedules(RegistrationExpired {}, at("01T12:15:00"))
        .when(reserved(1, seats(), 2_000))
        .then_sends(mark(1, seats(), 2_000))
        .then_state(|process| assert_eq!(*process.progress(), Progress::AwaitingPayment(seats())))
        .when(paid())
        .then_sends(confirmation())
        .then_cancels::<RegistrationExpired>()
        .when(OrderConfirmed { order: ORDER, seats: seats() })
        .then_sends_nothing()
        .then_ends();
}

#[test]
fn a_free_order_skips_payment() {
    let (commit, create, confirm) = confirmation();
    registration()
        .given(placed())
        .when(reserved(1, seats(), 0))
        .then_sends((mark(1, seats(), 0), commit, create, confirm))
        .then_cancels::<RegistrationExpired>();
    // That there is nothing to pay for nothing is no reason to confirm it.
    registration()
        .given(placed())
        .when(reserved(1, Seats::none(), 0))
        .then_sends(mark(1, Seats::none(), 0))
        .when(paid())
        .then_sends(refund("the order has no seats"));
}

#[test]
fn an_order_that_has_expired_when_it_arrives_is_rejected_at_once() {
    registration()
        .when(OrderPlaced { until: at("01T12:00:00"), ..placed() })
        .then_sends(ExpireOrder { order: ORDER })
        .then_schedules(LatePaymentsOver {}, at("02T12:00:00"))
        .then_state(|process| assert_eq!(*process.progress(), Progress::Expired));
}

#[test]
fn an_updated_order_reserves_again_and_a_stale_answer_is_ignored() {
    let more = || Seats::from([("A", 3)]);
    registration()
        .given(placed())
        .when(OrderUpdated { order: ORDER, seats: more(), reservation: 2 })
        .then_sends(make(2, more()))
        .then_schedules_nothing()
        .when(reserved(1, seats(), 2_000))
        .then_sends_nothing()
        .then_state(|process| assert_eq!(*process.progress(), Progress::Reserving(2)))
        .when(reserved(2, more(), 3_000))
        .then_sends(mark(2, more(), 3_000));
}

#[test]
fn an_answer_that_comes_doubled_is_ignored() {
    registration()
        .given((placed(), reserved(1, seats(), 2_000)))
        .when(reserved(1, seats(), 2_000))
        .then_sends_nothing()
        .then_schedules_nothing();
}

#[test]
fn when_its_time_is_over_the_seats_go_back() {
    registration()
        .given((placed(), reserved(1, seats(), 2_000)))
        .when_time_passes(QUARTER)
        .then_sends((
            CancelReservation { conference: "x".into(), order: ORDER },
            ExpireOrder { order: ORDER },
        ))
        .then_schedules(LatePaymentsOver {}, at("02T12:15:00"))
        .when_time_passes(Duration::from_hours(24))
        .then_sends_nothing()
        .then_ends();
}

#[test]
fn a_payment_after_that_is_given_back() {
    registration()
        .given((placed(), reserved(1, seats(), 2_000), RegistrationExpired {}))
        .when(paid())
        .then_sends(refund("the time of the order was over"));
}

#[test]
fn an_answer_and_an_update_after_that_change_nothing() {
    registration()
        .given((placed(), RegistrationExpired {}))
        .when(reserved(1, seats(), 2_000))
        .then_sends_nothing()
        .when(OrderUpdated { order: ORDER, seats: seats(), reservation: 2 })
        .then_sends_nothing();
}

#[test]
fn a_payment_that_meets_a_changed_order_is_given_back() {
    registration().given(placed()).when(paid()).then_sends(refund("the order has just been changed"));
}

#[test]
fn a_confirmation_that_is_refused_gives_the_money_back() {
    registration()
        .given((placed(), reserved(1, seats(), 2_000), paid()))
        .when_refused::<ConfirmOrder>(RefusalReason::Rejected, "the order has expired")
        .then_sends(refund("the order has expired"));
}

#[test]
fn an_order_that_is_placed_again_starts_no_second_process() {
    registration()
        .given(placed())
        .when(placed())
        .then_skipped(Skipped::Started)
        .when(reserved(1, seats(), 0))
        .then_state(|_| {})
        .when(OrderConfirmed { order: ORDER, seats: seats() })
        .then_ends()
        .when(placed())
        .then_skipped(Skipped::Ended);
}
