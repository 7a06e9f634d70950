//! What a step is made of.

use cqrs::{
    Metadata, Version,
    event::{Event, RecordedEvent},
    process::{CommandRefused, Outcome, Step, StepClaim, TriggerKind, names},
    store::{Expected, Refusal, RefusalReason},
};
use registration::{GiveSeatsBack, ReserveSeats};

use crate::recorded::{
    after, at, noon, noted, order, placed, process, recorded, started, step_after, trigger, with_metadata,
};

#[test]
fn a_step_has_the_state_the_commands_and_the_timers_in_plain_json() {
    let event = recorded(order(), &placed());
    let step = step_after(None, &event);
    let claim = StepClaim::new(&process(), event.envelope.id);
    let mut json = serde_json::from_str::<serde_json::Value>(step.encode().unwrap().as_json()).unwrap();
    let shape = json["commands"][0].as_object_mut().unwrap().remove("shape");
    assert!(shape.is_some_and(|shape| shape.is_u64()));
    assert_eq!(
        json,
        serde_json::json!({
            "trigger": {
                "id": event.envelope.id, "position": 4711, "kind": "event", "name": "order-placed",
            },
            "state": { "Reserving": { "conference": 1, "until": "2026-01-01T12:15:00Z", "notes": 0 } },
            "state_version": 1,
            "commands": [{
                "index": 0, "id": claim.command(0), "name": "reserve-seats", "key": "1", "version": 1,
                "payload": { "conference": 1, "order": 7, "seats": 2 }, "remote": false, "depth": 1,
            }],
            "timers": [{
                "id": claim.timer("registration-expired"), "name": "registration-expired", "schema_version": 1,
                "payload": {}, "due": "2026-01-01T12:15:00Z", "depth": 0,
            }],
            "pending": [{
                "id": claim.timer("registration-expired"), "name": "registration-expired",
                "due": "2026-01-01T12:15:00Z",
            }],
            "ended": false,
        })
    );
}

#[test]
fn a_step_is_read_back_as_it_was() {
    let step = started();
    let stored = recorded(process(), &step);
    assert_eq!(stored.decode::<Step>().unwrap(), step);
}

#[test]
fn the_same_trigger_on_the_same_state_gives_the_same_step() {
    let (start, remind) = (started(), recorded(order(), &noted("remind")));
    assert_eq!(step_after(Some(&start), &remind), step_after(Some(&start), &remind));
}

#[test]
fn an_append_claims_the_trigger_at_the_version_that_was_decided_on() {
    let event = recorded(order(), &placed());
    let step = step_after(None, &event);
    let metadata = Step::metadata(&process(), &trigger(&event), at("12:00:05")).unwrap();
    let append = step.append(&process(), Version::new(3), metadata).unwrap();
    let claim = append.command.unwrap();
    assert_eq!((claim.id, claim.name.as_str()), (step.claim(&process()).id(), "process/step"));
    assert_eq!(append.writes[0].expected, Expected::Exactly(Version::new(3)));
    assert_eq!(append.writes[0].events[0].name, "process/step");
    assert_eq!(append.writes[0].events[0].id.as_uuid(), claim.id.as_uuid());
    assert_eq!(append.metadata.correlation_id, event.envelope.metadata.correlation_id);
    assert_eq!(append.metadata.causation_id, Some(event.envelope.id.into()));
    assert_eq!((append.metadata.actor.as_deref(), append.metadata.time), (Some("alice"), at("12:00:05")));
}

/// The step as the log has it.
fn stored(event: &RecordedEvent, step: &Step) -> RecordedEvent {
    let metadata = Step::metadata(&process(), &trigger(event), noon()).unwrap();
    with_metadata(process(), step, metadata)
}

#[test]
fn a_command_carries_its_process_and_what_its_trigger_carried() {
    let event = recorded(order(), &placed());
    let step = step_after(None, &event);
    let stored = stored(&event, &step);
    let metadata = step.commands[0].metadata(&stored.envelope, at("12:01:00"));
    assert_eq!(metadata.causation_id, Some(stored.envelope.id.into()));
    assert_eq!((metadata.actor.as_deref(), metadata.time), (Some("alice"), at("12:01:00")));
    assert_eq!(metadata.headers[names::PROCESS_HEADER], "process/registration/7");
    assert_eq!(metadata.headers[names::DEPTH_HEADER], "1");
}

#[test]
fn a_refusal_comes_with_the_command_and_the_reason() {
    let start = started();
    let refusal = Refusal::new(RefusalReason::Rejected, "one is left");
    let refused = CommandRefused::new(start.commands[0].clone(), refusal);
    let (once, again) = (refused.event().unwrap(), refused.event().unwrap());
    assert_eq!((once.id, once.name.as_str()), (again.id, names::REFUSED));

    let step = step_after(Some(&start), &recorded(process(), &refused));
    assert_eq!(step.trigger.kind, TriggerKind::Refusal);
    let sent: ReserveSeats = serde_json::from_str(step.commands[0].payload.as_json()).unwrap();
    assert_eq!(sent.seats, 1);
}

#[test]
fn a_refusal_of_a_command_of_before_it_was_renamed_is_heard_too() {
    let start = started();
    let mut command = start.commands[0].clone();
    command.name = "book-seats".into();
    let refused = CommandRefused::new(command, Refusal::new(RefusalReason::Ended, ""));
    assert_eq!(step_after(Some(&start), &recorded(process(), &refused)).commands.len(), 1);
}

#[test]
fn an_ended_process_keeps_its_commands_and_no_timers() {
    use registration::RegistrationExpired;
    let start = started();
    let (row, _) = timer_row(&start);
    let due = recorded_timer(&row);
    let step = step_after(Some(&start), &due);
    assert!(step.ended && step.state.is_none() && step.pending.is_empty() && step.timers.is_empty());
    let sent: GiveSeatsBack = serde_json::from_str(step.commands[0].payload.as_json()).unwrap();
    assert_eq!(sent.conference.0, 1);
    // The timer that has come need not be cancelled.
    assert!(step.cancelled.is_empty());
    assert_eq!(due.decode::<cqrs::process::TimerDue>().unwrap().name, RegistrationExpired {}.kind().name);
}

fn timer_row(step: &Step) -> (cqrs::process::TimerRow, Metadata) {
    let stored = stored(&recorded(order(), &placed()), step);
    (step.timer_rows(&stored.envelope).remove(0), stored.envelope.metadata)
}

/// The event that the poller stores, in the log.
fn recorded_timer(row: &cqrs::process::TimerRow) -> RecordedEvent {
    let json = serde_json::to_string(row).unwrap();
    let row: cqrs::process::TimerRow = serde_json::from_str(&json).unwrap();
    let new = row.event().unwrap();
    let mut event = with_metadata(row.process.clone(), &started(), row.metadata.clone());
    (event.envelope.id, event.envelope.name, event.payload) = (new.id, new.name, new.payload);
    event
}

#[test]
fn a_timer_goes_by_the_time_it_was_due_however_late_it_comes() {
    let start = started();
    let set = step_after(Some(&start), &recorded(order(), &noted("remind")));
    let stored = stored(&recorded(order(), &noted("remind")), &set);
    let mut event = recorded_timer(&set.timer_rows(&stored.envelope)[0]);
    event.envelope.metadata.time = at("18:00:00");
    let next = step_after(Some(&set), &event);
    assert_eq!((set.timers[0].due, next.timers[0].due), (at("12:02:00"), at("12:02:10")));
}

#[test]
fn what_the_library_writes_for_itself_is_no_trigger() {
    assert_eq!(cqrs::process::Trigger::of(&recorded(process(), &started())).unwrap(), None);
    assert!(matches!(after(None, &recorded(order(), &placed())), Ok(Outcome::Step(_))));
}
