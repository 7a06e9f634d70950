//! Several writes to one stream, as far as they are one.

use std::collections::{HashMap, hash_map::Entry};

use crate::store::{Expected, StoreError, StreamWrite};

/// One write for each stream, in the order in which the streams first occur. A stream that is guarded several times, or
/// guarded and written, at one version is guarded or written once. At two versions somebody has changed it between two
/// reads of one decision: a conflict. Events for one stream from two roots do not know of each other, and are refused.
pub(super) fn one_each(writes: Vec<StreamWrite>) -> Result<Vec<StreamWrite>, StoreError> {
    let mut index = HashMap::with_capacity(writes.len());
    let mut merged = Vec::<StreamWrite>::with_capacity(writes.len());
    for write in writes {
        match index.entry(write.stream.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(merged.len());
                merged.push(write);
            }
            Entry::Occupied(entry) => join(&mut merged[*entry.get()], write)?,
        }
    }
    Ok(merged)
}

fn join(kept: &mut StreamWrite, other: StreamWrite) -> Result<(), StoreError> {
    if !kept.events.is_empty() && !other.events.is_empty() {
        return Err(StoreError::StreamTwice(other.stream));
    }
    if kept.expected != other.expected {
        return Err(moved(kept.expected, other));
    }
    kept.events.extend(other.events);
    Ok(())
}

/// The earlier of two reads is the one that was wrong.
fn moved(one: Expected, other: StreamWrite) -> StoreError {
    let (expected, actual) = match (one, other.expected) {
        (Expected::Exactly(one), Expected::Exactly(other)) => (one.min(other), one.max(other)),
        // Roots know their versions; nothing else comes here.
        _ => return StoreError::StreamTwice(other.stream),
    };
    StoreError::Conflict { stream: other.stream, expected: Expected::Exactly(expected), actual }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::Payload,
        message::{EventId, StreamId, Version},
        store::NewEvent,
    };

    fn write(key: &str, version: u64, events: usize) -> StreamWrite {
        let event = || NewEvent {
            id: EventId::generate(),
            name: "counted".into(),
            schema_version: 1,
            payload: Payload::from_json("{}"),
            tags: Vec::new(),
        };
        let events = std::iter::repeat_with(event).take(events).collect();
        StreamWrite {
            stream: StreamId::of("a", key),
            expected: Expected::Exactly(Version::new(version)),
            events,
        }
    }

    fn merged(writes: Vec<StreamWrite>) -> Vec<(String, usize)> {
        let merged = one_each(writes).unwrap();
        merged.iter().map(|write| (write.stream.key().to_owned(), write.events.len())).collect()
    }

    #[test]
    fn guards_of_one_version_are_one_and_give_way_to_a_write() {
        let writes =
            vec![write("x", 1, 0), write("y", 2, 2), write("x", 1, 0), write("y", 2, 0), write("x", 1, 1)];
        assert_eq!(merged(writes), [("x".to_owned(), 1), ("y".to_owned(), 2)]);
    }

    #[test]
    fn two_versions_of_one_stream_are_a_conflict_that_names_the_older_as_expected() {
        for writes in [vec![write("x", 1, 0), write("x", 2, 0)], vec![write("x", 2, 1), write("x", 1, 0)]] {
            let error = one_each(writes).unwrap_err();
            let StoreError::Conflict { expected, actual, .. } = error else { panic!("{error:?}") };
            assert_eq!((expected, actual), (Expected::Exactly(Version::new(1)), Version::new(2)));
        }
    }

    #[test]
    fn events_from_two_roots_are_refused_at_any_version() {
        for version in [1, 2] {
            let error = one_each(vec![write("x", 1, 1), write("x", version, 1)]).unwrap_err();
            assert!(matches!(error, StoreError::StreamTwice(_)), "{error:?}");
        }
    }
}
