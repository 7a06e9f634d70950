//! From an event to the process that it is for.

use cqrs::{
    Metadata, StreamId,
    event::RecordedEvent,
    process::{Found, StepError, TimerDue, find, names},
};
use registration::{Conference, OrderId, PaymentCompleted, Registration, SeatsReserved};

use crate::recorded::{noon, noted, order, placed, process, recorded, trigger, with_metadata};

fn found(event: &RecordedEvent) -> Found {
    find::<Registration>(&trigger(event)).unwrap()
}

#[test]
fn by_a_value_of_the_event() {
    let anywhere = StreamId::new("payment", "x");
    assert_eq!(
        found(&recorded(anywhere, &PaymentCompleted { order: OrderId(7) })),
        Found::Process(process())
    );
}

#[test]
fn by_the_key_of_the_stream_in_the_ids_own_form() {
    assert_eq!(found(&recorded(order(), &noted(""))), Found::Process(process()));
    let padded = StreamId::new("order", "007");
    assert_eq!(found(&recorded(padded, &noted(""))), Found::Process(process()));
}

#[test]
fn an_event_of_another_aggregate_than_the_handler_takes_is_not_handled() {
    assert_eq!(found(&recorded(StreamId::new("invoice", "7"), &noted(""))), Found::NotHandled);
}

#[test]
fn a_key_that_is_no_id_is_an_error_that_names_it() {
    let event = recorded(StreamId::new("order", "seven"), &noted(""));
    let error = find::<Registration>(&trigger(&event)).unwrap_err();
    assert!(matches!(error, StepError::Id { .. }));
    assert_eq!(
        error.to_string(),
        "`seven`, by which event `order-noted` names its process, is not an id of `registration`: invalid digit found in string"
    );
}

fn reserved_for(process: Option<&str>) -> Found {
    use cqrs::Aggregate;
    let mut metadata = Metadata { time: noon(), ..Metadata::new() };
    if let Some(process) = process {
        metadata.headers.insert(names::PROCESS_HEADER.to_owned(), process.to_owned());
    }
    let stream = Conference::stream(&registration::ConferenceId(1));
    found(&with_metadata(stream, &SeatsReserved { seats: 2 }, metadata))
}

#[test]
fn by_its_cause_which_is_a_process_of_this_kind() {
    assert_eq!(reserved_for(Some("process/registration/7")), Found::Process(process()));
    for other in [None, Some("process/refunding/7"), Some("process/registrations/7")] {
        assert_eq!(reserved_for(other), Found::Nobody, "{other:?}");
    }
}

#[test]
fn a_timer_is_for_the_process_whose_stream_it_is_in() {
    let payload = cqrs::event::Payload::from_json("{}");
    let due = TimerDue { name: "registration-expired".into(), schema_version: 1, payload, due: noon() };
    assert_eq!(found(&recorded(process(), &due)), Found::Process(process()));
    assert_eq!(found(&recorded(StreamId::new("process/refunding", "7"), &due)), Found::NotHandled);
    // Somebody else's event of this type is none of its timers.
    assert_eq!(found(&recorded(order(), &registration::RegistrationExpired {})), Found::NotHandled);
}

#[test]
fn an_event_it_has_no_handler_for_is_not_handled() {
    assert_eq!(found(&recorded(order(), &registration::SeatsGivenBack {})), Found::NotHandled);
    assert_eq!(found(&recorded(order(), &placed())), Found::Process(process()));
}
