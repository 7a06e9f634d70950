//! Appending to one stream.

use std::collections::BTreeMap;

use crate::{
    event::Payload,
    message::{CommandId, EventId, Metadata, Position, Tag, Version},
    store::{EventQuery, Expected, NewEvent, StoreError, StreamWrite, read_page},
};

use super::{
    fixtures::{all, append, must_append, numbers, some, stream, versions, write},
    opened::Opened,
};

pub(super) async fn a_fresh_store_is_empty(store: Opened<'_>) {
    assert_eq!(store.head().await.unwrap(), Position::START);
    assert_eq!(store.version(&stream("a")).await.unwrap(), Version::NONE);
    assert_eq!(store.command(CommandId::generate()).await.unwrap(), None);
    let (events, end) = read_page(&*store, &EventQuery::all(), 10).await.unwrap();
    assert!(events.is_empty() && end.complete);
}

pub(super) async fn an_event_comes_back_as_it_was(store: Opened<'_>) {
    let metadata = Metadata {
        causation_id: Some(CommandId::generate().into()),
        actor: Some("alice".into()),
        on_behalf_of: Some("bob".into()),
        tenant: Some("north".into()),
        headers: BTreeMap::from([("trace".into(), "ünï\"code\n".into())]),
        ..Metadata::new()
    };
    let new = NewEvent {
        id: EventId::generate(),
        name: "thing-renamed".into(),
        schema_version: 7,
        payload: Payload::from_json(r#"{"name":"O'Brien – \u0000 \"\\ 漢字","amount":0.10}"#),
        tags: vec![Tag::new("owner", "alice")],
    };
    let write = StreamWrite { stream: stream("a"), expected: Expected::NoStream, events: vec![new.clone()] };
    let appended =
        must_append(&*store, crate::store::Append { metadata: metadata.clone(), ..append(vec![write]) })
            .await;

    let found = all(&*store).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].position, appended.last_position());
    assert_eq!(found[0].payload, new.payload);
    let envelope = &found[0].envelope;
    assert_eq!((envelope.id, &envelope.stream, envelope.version), (new.id, &stream("a"), Version::new(1)));
    assert_eq!((&envelope.name, envelope.schema_version), (&new.name, 7));
    assert_eq!(envelope.metadata, metadata);
}

pub(super) async fn the_versions_of_a_stream_have_no_gaps(store: Opened<'_>) {
    for (count, first) in [(1, 1), (3, 2), (2, 5)] {
        let appended = must_append(&*store, some("a", count)).await;
        must_append(&*store, some("b", 1)).await;
        let [only] = &appended.streams[..] else { panic!("one stream was written: {appended:?}") };
        assert_eq!(only.stream, stream("a"));
        assert_eq!((only.first_version.get(), only.last_version.get()), (first, first + count - 1));
        assert_eq!((only.count(), appended.count()), (count, count));
    }
    assert_eq!(store.version(&stream("a")).await.unwrap(), Version::new(6));
    let found = super::fixtures::read(&*store, EventQuery::stream(stream("a")), 100).await.unwrap();
    assert_eq!(versions(&found), [1, 2, 3, 4, 5, 6]);
    assert_eq!(numbers(&found), [1, 1, 2, 3, 1, 2]);
}

pub(super) async fn every_expectation_is_checked(store: Opened<'_>) {
    must_append(&*store, some("two", 2)).await;
    let cases = [
        ("none", Expected::NoStream, true),
        ("two", Expected::NoStream, false),
        ("none-exactly", Expected::Exactly(Version::NONE), true),
        ("two", Expected::Exactly(Version::NONE), false),
        ("two", Expected::Exactly(Version::new(1)), false),
        ("two", Expected::Exactly(Version::new(3)), false),
        ("none-ahead", Expected::Exactly(Version::new(1)), false),
        ("none-existing", Expected::Exists, false),
        ("none-any", Expected::Any, true),
        ("two", Expected::Exactly(Version::new(2)), true),
        ("two", Expected::Exists, true),
        ("two", Expected::Any, true),
    ];
    for (key, expected, holds) in cases {
        let actual = store.version(&stream(key)).await.unwrap();
        match store.append(append(vec![write(key, expected, 1)])).await {
            Ok(_) => assert!(holds, "{expected:?} should not hold for {key} at {actual}"),
            Err(StoreError::Conflict { stream: named, expected: believed, actual: found }) => {
                assert!(!holds, "{expected:?} should hold for {key} at {actual}");
                assert_eq!((named, believed, found), (stream(key), expected, actual));
            }
            Err(other) => panic!("{expected:?} for {key} gave {other:?}"),
        }
    }
}

pub(super) async fn a_conflict_stores_nothing(store: Opened<'_>) {
    must_append(&*store, some("a", 1)).await;
    let head = store.head().await.unwrap();
    let refused = store.append(append(vec![write("a", Expected::NoStream, 3)])).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    assert_eq!(store.head().await.unwrap(), head);
    assert_eq!(all(&*store).await.len(), 1);
}

pub(super) async fn an_append_without_events_is_refused(store: Opened<'_>) {
    for writes in [vec![], vec![write("a", Expected::Any, 0)]] {
        let refused = store.append(append(writes)).await;
        assert!(matches!(refused, Err(StoreError::EmptyAppend)), "{refused:?}");
    }
    assert_eq!(store.head().await.unwrap(), Position::START);
}

pub(super) async fn names_may_hold_any_text(store: Opened<'_>) {
    let keys = ["", " ", "a/b", "it's", "100%", "_", "漢字", "line\nbreak", "; DROP TABLE events", "A", "a"];
    for key in keys {
        let appended = must_append(&*store, append(vec![write(key, Expected::NoStream, 1)])).await;
        assert_eq!(appended.streams[0].stream, stream(key));
    }
    for key in keys {
        let found = super::fixtures::read(&*store, EventQuery::stream(stream(key)), 10).await.unwrap();
        assert_eq!(found.len(), 1, "stream {key:?} should have its own event only");
        assert_eq!(found[0].envelope.stream, stream(key));
    }
}

/// That ids are unique is up to whoever makes them: a store that refused one would have to remember them all.
pub(super) async fn event_ids_are_taken_as_they_are(store: Opened<'_>) {
    let mut twice = some("a", 2);
    let id = twice.writes[0].events[0].id;
    twice.writes[0].events[1].id = id;
    must_append(&*store, twice.clone()).await;
    must_append(&*store, twice).await;
    let found: Vec<_> = all(&*store).await.iter().map(|event| event.envelope.id).collect();
    assert_eq!(found, [id; 4]);
}
