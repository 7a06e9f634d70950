//! What comes at the wrong time, and is no error.

use cqrs::{
    process::{CommandRefused, Outcome, Skipped, Step, StepError, TimerDue},
    store::{Refusal, RefusalReason},
};
use registration::{OrderId, PaymentCompleted};

use crate::recorded::{after, noon, noted, order, placed, process, recorded, started, step_after};

fn ended() -> Step {
    step_after(Some(&started()), &recorded(order(), &PaymentCompleted { order: OrderId(7) }))
}

fn skipped(last: &Step, event: &cqrs::event::RecordedEvent) -> Skipped {
    match after(Some(last), event) {
        Ok(Outcome::Skipped(reason)) => reason,
        other => panic!("not skipped: {other:?}"),
    }
}

#[test]
fn a_starter_that_comes_again_starts_nothing_before_and_after_the_end() {
    let again = recorded(order(), &placed());
    assert_eq!(skipped(&started(), &again), Skipped::Started);
    assert_eq!(skipped(&ended(), &again), Skipped::Ended);
}

#[test]
fn what_comes_for_an_ended_process_is_skipped() {
    assert_eq!(skipped(&ended(), &recorded(order(), &noted("late"))), Skipped::Ended);
}

#[test]
fn what_comes_before_the_starter_is_unmatched() {
    let early = recorded(order(), &noted("early"));
    assert!(matches!(after(None, &early), Ok(Outcome::Unmatched)));
}

fn timer() -> TimerDue {
    let payload = cqrs::event::Payload::from_json("{}");
    TimerDue { name: "registration-expired".into(), schema_version: 1, payload, due: noon() }
}

#[test]
fn a_timer_that_is_not_pending_is_skipped_whatever_it_is_of() {
    let stray = recorded(process(), &timer());
    assert_eq!(skipped(&started(), &stray), Skipped::TimerNotPending);
    assert_eq!(skipped(&ended(), &stray), Skipped::TimerNotPending);
    assert!(matches!(after(None, &stray), Ok(Outcome::Skipped(Skipped::TimerNotPending))));
}

#[test]
fn a_timer_that_was_replaced_or_cancelled_before_it_came_is_skipped() {
    let set = step_after(Some(&started()), &recorded(order(), &noted("remind")));
    let reminder = set.timers[0].clone();
    let mut late = recorded(process(), &TimerDue { name: "reminder-due".into(), ..timer() });
    late.envelope.id = reminder.id;

    let replaced = step_after(Some(&set), &recorded(order(), &noted("remind")));
    assert_eq!(replaced.cancelled, [reminder.id]);
    assert_eq!(skipped(&replaced, &late), Skipped::TimerNotPending);

    let cancelled = step_after(Some(&set), &recorded(order(), &noted("forget")));
    assert_eq!((cancelled.cancelled.as_slice(), cancelled.pending.len()), ([reminder.id].as_slice(), 1));
    assert_eq!(skipped(&cancelled, &late), Skipped::TimerNotPending);
    // What is cancelled and not pending is nothing to speak of.
    assert!(step_after(Some(&cancelled), &recorded(order(), &noted("forget"))).cancelled.is_empty());
}

#[test]
fn what_a_step_says_last_of_a_timer_counts() {
    let start = started();
    let old = start.timers[0].id;
    let renewed = step_after(Some(&start), &recorded(order(), &noted("renew")));
    assert_eq!((renewed.cancelled.as_slice(), renewed.timers.len()), ([old].as_slice(), 1));
    assert_eq!(renewed.pending[0].id, renewed.timers[0].id);
    let given_up = step_after(Some(&start), &recorded(order(), &noted("give up")));
    assert_eq!((given_up.cancelled.as_slice(), given_up.timers.len()), ([old].as_slice(), 0));
    assert!(given_up.pending.is_empty());
}

#[test]
fn a_timer_that_was_set_under_a_former_name_is_replaced() {
    let mut start = started();
    start.pending[0].name = "registration-timed-out".into();
    let renewed = step_after(Some(&start), &recorded(order(), &noted("renew")));
    assert_eq!((renewed.cancelled.len(), renewed.pending.len()), (1, 1));
}

#[test]
fn the_end_cancels_what_is_to_come() {
    let start = started();
    let end = step_after(Some(&start), &recorded(order(), &PaymentCompleted { order: OrderId(7) }));
    assert_eq!(end.cancelled, [start.timers[0].id]);
}

#[test]
fn a_refusal_that_meets_an_ended_process_is_an_error_that_somebody_hears_of() {
    let refusal = Refusal::new(RefusalReason::NotFound, "no such conference");
    let refused = CommandRefused::new(started().commands[0].clone(), refusal);
    let error = after(Some(&ended()), &recorded(process(), &refused)).unwrap_err();
    assert!(matches!(error, StepError::RefusalAfterEnd { .. }));
    assert_eq!(
        error.to_string(),
        "the command `reserve-seats` was refused after process/registration/7 had ended: not-found: no such conference"
    );
}

#[test]
fn a_refusal_that_no_handler_takes_is_an_error_that_somebody_hears_of() {
    let mut command = started().commands[0].clone();
    command.name = "give-seats-back".into();
    let refused = CommandRefused::new(command, Refusal::new(RefusalReason::Rejected, "never had any"));
    let error = after(Some(&started()), &recorded(process(), &refused)).unwrap_err();
    assert_eq!(error.code(), "refusal-unhandled");
    assert!(error.to_string().ends_with("rejected: never had any"), "{error}");
}
