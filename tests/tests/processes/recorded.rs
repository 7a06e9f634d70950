//! Events as a log hands them out, and the steps that are made of them.

use cqrs::{
    EventId, Metadata, Position, StreamId, Timestamp, Version,
    event::{Envelope, Event, RecordedEvent},
    process::{Limits, Outcome, ProcessManager, Standing, Step, StepError, Trigger, step},
};
use registration::{ConferenceId, Order, OrderId, OrderNoted, OrderPlaced, Registration};

pub fn noon() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

pub fn at(text: &str) -> Timestamp {
    format!("2026-01-01T{text}Z").parse().unwrap()
}

pub fn placed() -> OrderPlaced {
    OrderPlaced { order: OrderId(7), conference: ConferenceId(1), seats: 2, until: at("12:15:00") }
}

pub fn noted(note: &str) -> OrderNoted {
    OrderNoted { note: note.to_owned() }
}

pub fn order() -> StreamId {
    use cqrs::Aggregate;
    Order::stream(&OrderId(7))
}

pub fn process() -> StreamId {
    Registration::stream(&OrderId(7))
}

/// The event in a stream, of noon.
pub fn recorded<E: Event>(stream: StreamId, event: &E) -> RecordedEvent {
    let metadata = Metadata { time: noon(), actor: Some("alice".into()), ..Metadata::new() };
    with_metadata(stream, event, metadata)
}

pub fn with_metadata<E: Event>(stream: StreamId, event: &E, metadata: Metadata) -> RecordedEvent {
    let kind = event.kind();
    let envelope = Envelope {
        id: EventId::generate(),
        stream,
        version: Version::new(1),
        name: kind.name.into(),
        schema_version: kind.version,
        metadata,
    };
    RecordedEvent { position: Position::new(4711), envelope, payload: event.encode().unwrap() }
}

pub fn trigger(event: &RecordedEvent) -> Trigger {
    Trigger::of(event).unwrap().unwrap()
}

/// What order 7's process makes of an event after its last step.
pub fn after(last: Option<&Step>, event: &RecordedEvent) -> Result<Outcome, StepError> {
    after_within(last, event, &Limits::default())
}

pub fn after_within(
    last: Option<&Step>,
    event: &RecordedEvent,
    limits: &Limits,
) -> Result<Outcome, StepError> {
    let standing = Standing::<Registration>::after(&process(), last)?;
    step(&process(), standing, &trigger(event), limits).map(|(outcome, _)| outcome)
}

/// The step that order 7's process makes of an event.
pub fn step_after(last: Option<&Step>, event: &RecordedEvent) -> Step {
    match after(last, event) {
        Ok(Outcome::Step(step)) => *step,
        other => panic!("no step: {other:?}"),
    }
}

/// The first step of order 7's process.
pub fn started() -> Step {
    step_after(None, &recorded(order(), &placed()))
}
