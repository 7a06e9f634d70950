//! What stops a process, and nobody else: each a typed error that says what to look at.

use cqrs::{
    Metadata,
    event::Payload,
    prelude::*,
    process::{Limits, Standing, Step, StepError, names, step},
};

use crate::recorded::{
    after, after_within, noon, noted, order, process, recorded, started, step_after, trigger, with_metadata,
};

#[test]
fn a_panic_is_a_failure_of_the_step() {
    let error = after(Some(&started()), &recorded(order(), &noted("panic"))).unwrap_err();
    assert_eq!(error.to_string(), "the event handler `noted` panicked: no such note");
}

#[test]
fn a_step_of_too_many_commands_is_refused() {
    let error = after(Some(&started()), &recorded(order(), &noted("many"))).unwrap_err();
    assert_eq!(error.to_string(), "the step has 1001 commands, and at most 1000 fit in one");
}

#[test]
fn a_step_of_too_many_bytes_is_refused() {
    let limits = Limits { bytes: 200, ..Limits::default() };
    let error = after_within(Some(&started()), &recorded(order(), &noted("")), &limits).unwrap_err();
    assert!(matches!(error, StepError::TooLarge { what: "bytes", found: 201.., most: 200 }), "{error}");
}

#[test]
fn a_state_that_cannot_be_read_names_the_field_and_is_no_default() {
    let mut last = started();
    last.state = Some(Payload::from_json(r#"{"Reserving":{"conference":1,"notes":0}}"#));
    let error = after(Some(&last), &recorded(order(), &noted(""))).unwrap_err();
    assert!(matches!(error, StepError::StateUnreadable { .. }));
    let text = error.to_string();
    assert!(
        text.starts_with("the state of process/registration/7 cannot be read: missing field `until`"),
        "{text}"
    );
}

#[test]
fn a_state_of_newer_code_is_not_touched() {
    let last = Step { state_version: 2, ..started() };
    let error = after(Some(&last), &recorded(order(), &noted(""))).unwrap_err();
    assert!(matches!(error, StepError::StateNewer { stored: 2, known: 1, .. }), "{error}");
}

#[test]
fn a_chain_of_causes_that_does_not_end_is_cut() {
    let depth = |depth: &str| {
        let mut metadata = Metadata { time: noon(), ..Metadata::new() };
        metadata.headers.insert(names::DEPTH_HEADER.to_owned(), depth.to_owned());
        with_metadata(order(), &noted("remind"), metadata)
    };
    let step = step_after(Some(&started()), &depth("999"));
    // What waits for a minute begins anew.
    assert_eq!((step.commands[0].depth, step.timers[0].depth), (0, 0));
    let error = after(Some(&started()), &depth("1000")).unwrap_err();
    assert!(matches!(error, StepError::ChainTooLong { depth: 1_000 }), "{error}");
    let error = after(Some(&started()), &depth("a few")).unwrap_err();
    assert_eq!(error.to_string(), "the header `cqrs-depth` is damaged: a few");
}

#[test]
fn an_event_that_cannot_be_read_names_its_place() {
    let mut event = recorded(order(), &noted(""));
    event.payload = Payload::from_json("{}");
    let error = after(Some(&started()), &event).unwrap_err();
    assert!(error.to_string().contains("at position 4711"), "{error}");
}

#[derive(Event, Serialize, Deserialize)]
pub struct Measured(f64);

#[derive(Command, Serialize, Deserialize)]
pub struct Note {
    #[command(id)]
    meter: u32,
    value: f64,
}

#[derive(ProcessManager, Serialize, Deserialize)]
#[process_manager(id = String, from = start, correlate = stream, name = "metering", version = 3)]
pub struct Meter {
    value: f64,
}

#[event_handler]
impl Meter {
    fn measured(event: &Measured, mut outbox: Outbox<'_, Self>) -> Self {
        if event.0 < 0.0 {
            outbox.send_remote(Note { meter: 1, value: event.0 / 0.0 });
            return Self { value: 0.0 };
        }
        Self { value: event.0 / 0.0 }
    }
}

#[test]
fn what_could_not_be_read_back_is_refused_before_it_is_stored() {
    let text = |value| {
        let event = recorded(cqrs::StreamId::new("meter", "1"), &Measured(value));
        let stream = cqrs::StreamId::new("process/metering", "1");
        let stepped = step::<Meter>(&stream, Standing::Absent, &trigger(&event), &Limits::default());
        stepped.map(|(outcome, _)| outcome).unwrap_err().to_string()
    };
    let reason = "a number that is not finite (NaN or an infinity) has no form in JSON at `value`";
    assert_eq!(
        text(1.0),
        format!("the state of `metering` cannot be stored: the payload does not decode: {reason}")
    );
    assert_eq!(
        text(-1.0),
        format!("the command `note` cannot be stored: the payload does not decode: {reason}")
    );
    assert_eq!(process().category(), "process/registration");
}
