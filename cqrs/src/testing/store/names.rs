//! Names that run together, or look alike.

use crate::{
    event::Payload,
    message::{StreamId, Version},
    store::{EventQuery, Expected, Snapshot, StreamWrite},
};

use super::{
    fixtures::{append, events, must_append, read, versions},
    opened::Opened,
};

/// Pairs of names which, put together with whatever a store may put between them, are the same or look alike.
fn streams() -> Vec<StreamId> {
    let pairs = [
        ("a/b", "c"),
        ("a", "b/c"),
        ("a.b", "c"),
        ("a", "b.c"),
        ("a-b", "c"),
        ("a", "b-c"),
        ("a:b", "c"),
        ("a", "b:c"),
        ("ab", "c"),
        ("a", "bc"),
        ("a", ""),
        ("", "a"),
        ("A", "bc"),
        ("a%", "c"),
        ("a_", "c"),
        ("a*", "c"),
    ];
    pairs.map(|(category, key)| StreamId::new(category, key)).to_vec()
}

/// Of one event, two events, and so on: what belongs to another would be seen by its number.
pub(super) async fn streams_whose_names_run_together_are_apart(store: Opened<'_>) {
    for (stream, count) in streams().into_iter().zip(1..) {
        let write = StreamWrite { stream, expected: Expected::NoStream, events: events(count) };
        must_append(&*store, append(vec![write])).await;
    }
    for (stream, count) in streams().iter().zip(1..) {
        assert_eq!(store.version(stream).await.unwrap(), Version::new(count), "of {stream}");
        let found = read(&*store, EventQuery::stream(stream.clone()), 100).await.unwrap();
        assert_eq!(versions(&found), (1..=count).collect::<Vec<_>>(), "of {stream}");
    }
    for category in ["a", "a/b", "ab", "", "A", "a%", "a*"] {
        let expected = streams().into_iter().zip(1..).filter(|(stream, _)| stream.category() == category);
        let expected: usize = expected.map(|(_, count)| count).sum();
        let found = read(&*store, EventQuery::all().category(category), 100).await.unwrap();
        assert_eq!(found.len(), expected, "events of category {category:?}");
    }
}

pub(super) async fn what_is_kept_of_such_streams_is_apart(store: Opened<'_>) {
    let snapshot = |stream: &StreamId, version: u64| Snapshot {
        stream: stream.clone(),
        version: Version::new(version),
        fingerprint: 1,
        state: Payload::from_json(version.to_string()),
    };
    for (stream, version) in streams().iter().zip(1..) {
        store.save_snapshot(snapshot(stream, version)).await.unwrap();
        let version = Version::new(version);
        assert!(store.record_handled("mailer", stream, Version::NONE, version).await.unwrap(), "{stream}");
    }
    for (stream, version) in streams().iter().zip(1..) {
        assert_eq!(store.load_snapshot(stream).await.unwrap(), Some(snapshot(stream, version)));
        assert_eq!(store.last_handled("mailer", stream).await.unwrap(), Version::new(version), "{stream}");
    }
    let (stream, longer) = (StreamId::new("b", "c"), StreamId::new("a/b", "c"));
    assert_eq!(store.last_handled("mailer/a", &stream).await.unwrap(), Version::NONE);
    assert!(store.record_handled("g", &longer, Version::NONE, Version::new(1)).await.unwrap());
    assert_eq!(store.last_handled("g/a", &stream).await.unwrap(), Version::NONE);
}
