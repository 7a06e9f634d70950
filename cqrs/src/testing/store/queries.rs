//! The conditions of a query.

use std::{
    ops::ControlFlow,
    sync::{Arc, Mutex},
};

use jiff::SignedDuration;

use crate::{
    Timestamp,
    event::{Payload, RecordedEvent},
    message::{CorrelationId, Metadata, Position, StreamId, Tag, Version},
    store::{Append, EventQuery, EventStore, Expected, NewEvent, StreamWrite, Visit},
};

use super::{
    fixtures::{all, event, must_append, read, stream, versions},
    opened::Opened,
    same::assert_same,
};

/// Events that differ in everything a query can ask for.
struct Log {
    events: Vec<RecordedEvent>,
    correlation_id: CorrelationId,
    start: Timestamp,
}

/// The tag of every event with an odd version.
fn odd() -> Tag {
    Tag::new("parity", "odd")
}

async fn fill(store: &(impl EventStore + ?Sized)) -> Log {
    let (correlation_id, start) = (CorrelationId::generate(), Timestamp::now());
    for round in 0..12_u64 {
        let category = if round % 4 == 3 { "other" } else { "thing" };
        let stream = StreamId::new(category, (round % 3).to_string());
        let version = store.version(&stream).await.unwrap();
        let metadata = Metadata {
            time: start + SignedDuration::from_nanos(round.cast_signed() * 7),
            correlation_id: if round % 5 == 2 { correlation_id } else { CorrelationId::generate() },
            ..Metadata::new()
        };
        let events = (1..=3).map(|step| new_event(version.get() + step)).collect();
        let write = StreamWrite { stream, expected: Expected::Exactly(version), events };
        must_append(store, Append { writes: vec![write], command: None, metadata }).await;
    }
    Log { events: all(store).await, correlation_id, start }
}

fn new_event(version: u64) -> NewEvent {
    let name = ["thing-made", "thing-changed", "thing-ended"][usize::try_from(version % 3).unwrap_or(0)];
    let mut tags = vec![Tag::new("all", "yes")];
    if version % 2 == 1 {
        tags.insert(0, odd());
    }
    if name == "thing-made" {
        tags.push(Tag::new("made", "yes"));
    }
    NewEvent { name: name.into(), tags, ..event(version) }
}

async fn expect(
    store: &(impl EventStore + ?Sized),
    log: &Log,
    query: EventQuery,
    wanted: impl Fn(&RecordedEvent) -> bool,
) {
    let expected: Vec<_> = log.events.iter().filter(|event| wanted(event)).cloned().collect();
    assert!(!expected.is_empty() && expected.len() < log.events.len(), "a vain condition: {query:?}");
    let found = read(store, query.clone(), 4).await.unwrap();
    assert_same(&found, &expected, &format!("by {query:?}"));
}

pub(super) async fn each_condition_excludes_what_it_says(store: Opened<'_>) {
    let log = fill(&*store).await;
    let (middle, last) = (log.events[15].position, log.events[30].position);
    let named = |event: &RecordedEvent, name: &str| event.envelope.name == name;
    let time = |event: &RecordedEvent| event.envelope.metadata.time;
    let store = &*store;

    expect(store, &log, EventQuery::stream(stream("1")), |event| event.envelope.stream == stream("1")).await;
    expect(store, &log, EventQuery::all().category("other"), |event| {
        event.envelope.stream.category() == "other"
    })
    .await;
    expect(store, &log, EventQuery::all().after(middle), |event| event.position > middle).await;
    expect(store, &log, EventQuery::all().up_to(middle), |event| event.position <= middle).await;
    let between = EventQuery::all().after(middle).up_to(last);
    expect(store, &log, between, |event| event.position > middle && event.position <= last).await;
    expect(store, &log, EventQuery::all().names(["thing-made"]), |event| named(event, "thing-made")).await;
    let two = EventQuery::all().names(["thing-made", "thing-ended", "never"]);
    expect(store, &log, two, |event| !named(event, "thing-changed")).await;
    let id = log.correlation_id;
    expect(store, &log, EventQuery::all().correlation_id(id), |event| {
        event.envelope.metadata.correlation_id == id
    })
    .await;
    let is_odd = |event: &RecordedEvent| event.envelope.version.get() % 2 == 1;
    expect(store, &log, EventQuery::all().tag(odd()), is_odd).await;
    let ends = EventQuery::all().tag(Tag::new("made", "yes"));
    expect(store, &log, ends, |event| named(event, "thing-made")).await;
    let named_and_correlated = EventQuery::all().names(["thing-made", "thing-ended"]).correlation_id(id);
    expect(store, &log, named_and_correlated, |event| {
        event.envelope.metadata.correlation_id == id && !named(event, "thing-changed")
    })
    .await;
    let sixth = log.start + SignedDuration::from_nanos(6 * 7);
    expect(store, &log, EventQuery::all().since(sixth), |event| time(event) >= sixth).await;
    expect(store, &log, EventQuery::all().until(sixth), |event| time(event) < sixth).await;
    let tagged = read(store, EventQuery::all().tag(Tag::new("all", "yes")), 10).await.unwrap();
    assert_same(&tagged, &log.events, "every event has the tag");
    let none = read(store, EventQuery::all().names(Vec::<&str>::new()), 10).await.unwrap();
    assert!(none.is_empty(), "no name names no event");
}

pub(super) async fn conditions_hold_together(store: Opened<'_>) {
    let log = fill(&*store).await;
    let (third, last) = (log.events[3].position, log.events[30].position);
    let start = log.start;
    let query = EventQuery::all()
        .category("thing")
        .tag(odd())
        .names(["thing-made", "thing-changed"])
        .after(third)
        .up_to(last)
        .since(start)
        .until(start + SignedDuration::from_secs(1));
    let wanted = |event: &RecordedEvent| {
        event.envelope.stream.category() == "thing"
            && event.envelope.version.get() % 2 == 1
            && event.envelope.name != "thing-ended"
            && event.position > third
            && event.position <= last
    };
    expect(&*store, &log, query, wanted).await;

    let of_stream = EventQuery::stream(stream("1")).tag(odd()).after(third).after_version(Version::new(2));
    let wanted = |event: &RecordedEvent| {
        event.envelope.stream == stream("1")
            && event.envelope.version.get() % 2 == 1
            && event.envelope.version > Version::new(2)
            && event.position > third
    };
    expect(&*store, &log, of_stream, wanted).await;
    let of_other = EventQuery::stream(stream("1")).category("other");
    assert!(read(&*store, of_other, 10).await.unwrap().is_empty(), "the stream is of another category");
}

pub(super) async fn a_stream_can_be_read_as_of_a_version(store: Opened<'_>) {
    fill(&*store).await;
    for (after, up_to, expected) in
        [(0, 2, vec![1, 2]), (1, 4, vec![2, 3, 4]), (2, 2, vec![]), (0, 0, vec![])]
    {
        let query = EventQuery::stream(stream("0"));
        let query = query.after_version(Version::new(after)).up_to_version(Version::new(up_to));
        assert_eq!(versions(&read(&*store, query, 2).await.unwrap()), expected);
    }
    let unknown = EventQuery::stream(stream("unknown")).after(Position::START);
    assert!(read(&*store, unknown, 10).await.unwrap().is_empty());
}

/// Without the metadata, never with another.
pub(super) async fn contents_alone_are_the_same_contents(store: Opened<'_>) {
    let log = fill(&*store).await;
    let expected = log.events.iter().filter(|event| event.envelope.stream == stream("1"));
    let expected: Vec<_> = expected.map(|event| (event.position, event.payload.clone())).collect();
    let found = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&found);
    let visit: Visit = Box::new(move |event| {
        let metadata = event.metadata();
        assert!(metadata.is_err() || !event.id.as_uuid().is_nil(), "half of the envelope was left out");
        sink.lock().unwrap().push((event.position, Payload::from_json(event.payload)));
        ControlFlow::Continue(())
    });
    store.read(&EventQuery::stream(stream("1")).contents_only(), 100, visit).await.unwrap();
    assert_eq!(*found.lock().unwrap(), expected);
}
