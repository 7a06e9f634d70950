//! given / when / then for process managers, and what it says where something else came.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use cqrs::{
    process::Skipped,
    store::RefusalReason,
    testing::{Processing, expected, process},
};
use registration::{
    ConferenceId, GiveSeatsBack, OrderId, PaymentCompleted, RefundPayment, Registration, RegistrationExpired,
    Remind, ReminderDue, ReserveSeats, SeatsReserved,
};

use crate::recorded::{at, noon, noted, placed};

fn registration() -> Processing<Registration> {
    process::<Registration>().at(noon())
}

fn reserve(seats: u32) -> ReserveSeats {
    ReserveSeats { conference: ConferenceId(1), order: OrderId(7), seats }
}

#[test]
fn a_process_from_its_start_to_its_end() {
    registration()
        .when(placed())
        .then_sends(reserve(2))
        .then_schedules(RegistrationExpired {}, at("12:15:00"))
        .when(SeatsReserved { seats: 2 })
        .then_sends_nothing()
        .then_schedules_nothing()
        .then_state(|state| assert!(matches!(state, Registration::AwaitingPayment { seats: 2, .. })))
        .when(PaymentCompleted { order: OrderId(7) })
        .then_sends_nothing()
        .then_cancels::<RegistrationExpired>()
        .then_ends()
        .when(placed())
        .then_skipped(Skipped::Ended);
}

#[test]
fn what_was_given_comes_before_what_is_tested() {
    registration()
        .given((placed(), noted(""), SeatsReserved { seats: 1 }))
        .when(noted("remind"))
        .then_sends([expected(&Remind { order: OrderId(7), number: 1 })
            .at(at("12:01:00"))
            .expires_at(at("12:01:05"))])
        .then_schedules(ReminderDue { number: 1 }, at("12:02:00"));
}

#[test]
fn a_command_that_is_refused_comes_back() {
    registration()
        .given(placed())
        .when_refused::<ReserveSeats>(RefusalReason::Rejected, "one is left")
        .then_sends((reserve(1),))
        .when_refused::<ReserveSeats>(RefusalReason::Rejected, "none is left")
        .then_sends_nothing();
}

#[test]
fn time_passes_from_timer_to_timer() {
    registration()
        .given((placed(), noted("remind")))
        .when_time_passes(Duration::from_secs(119))
        .then_schedules_nothing()
        .when_time_passes(Duration::from_secs(1))
        .then_schedules(ReminderDue { number: 2 }, at("12:02:10"))
        .when_time_passes(Duration::from_mins(15))
        .then_sends(GiveSeatsBack { conference: ConferenceId(1), order: OrderId(0) })
        .then_ends();
}

#[test]
fn a_timer_may_come_by_itself() {
    registration().given(placed()).when(RegistrationExpired {}).then_ends();
    registration().given(placed()).when(ReminderDue { number: 1 }).then_skipped(Skipped::TimerNotPending);
}

#[test]
fn what_goes_over_the_bus_says_so() {
    registration()
        .given(placed())
        .when(PaymentCompleted { order: OrderId(7) })
        .then_sends(expected(&RefundPayment { order: OrderId(7) }).remote());
}

#[test]
fn what_finds_no_process_and_what_fails() {
    registration().when(SeatsReserved { seats: 1 }).then_unmatched();
    registration().given(placed()).when(noted("panic")).then_failed_with(|error| {
        assert_eq!(error.code(), "panicked");
    });
}

fn said(test: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(test)).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

#[test]
fn a_difference_is_shown_line_by_line() {
    let text = said(|| drop(registration().when(placed()).then_sends(reserve(3))));
    assert_eq!(
        text,
        "the commands are others; it led to a step\n- expected, + decided\n\n  reserve-seats (version 1) {\n    \"conference\": 1,\n    \"order\": 7,\n-   \"seats\": 3\n+   \"seats\": 2\n  }\n"
    );
    let text = said(|| drop(registration().when(placed()).then_schedules(RegistrationExpired {}, noon())));
    assert!(text.contains("- registration-expired at 2026-01-01T12:00:00Z {}\n+ registration-expired at 2026-01-01T12:15:00Z {}"), "{text}");
}

#[test]
fn what_cannot_be_is_said() {
    let text = said(|| drop(registration().given(noted(""))));
    assert_eq!(text, "the event `order-noted` that was given leads to no step: no process waits for it");
    let text = said(|| drop(registration().given(placed()).when_refused::<Remind>(RefusalReason::Ended, "")));
    assert_eq!(text, "no command `remind` was sent that could be refused, but [\"reserve-seats\"]");
    let text = said(|| drop(registration().when(placed()).then_ends()));
    assert_eq!(text, "expected process/registration/7 to have ended, but it led to a step");
}
