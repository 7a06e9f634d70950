//! Large appends.

use crate::{
    event::Payload,
    message::{Position, Version},
    store::{EventQuery, Expected, StoreError},
};

use super::{
    fixtures::{append, must_append, read, some, stream, versions, write},
    opened::Opened,
};

pub(super) async fn ten_thousand_events_are_one_append(store: Opened<'_>) {
    let appended = must_append(&*store, append(vec![write("a", Expected::NoStream, 10_000)])).await;
    assert_eq!(appended.count(), 10_000);
    assert_eq!(store.version(&stream("a")).await.unwrap(), Version::new(10_000));
    let found = read(&*store, EventQuery::stream(stream("a")), 999).await.unwrap();
    assert_eq!(versions(&found), (1..=10_000).collect::<Vec<_>>());
}

pub(super) async fn the_largest_append_is_kept_and_a_larger_refused(store: Opened<'_>) {
    let largest = store.capabilities().largest_append.expect("appends should be bounded");
    match store.append(some("a", largest as u64 + 1)).await {
        Err(StoreError::TooLarge { actual, limit, .. }) => {
            assert_eq!((actual, limit), (largest + 1, largest));
        }
        other => panic!("the append has too many events: {other:?}"),
    }
    let appended = must_append(&*store, some("a", largest as u64)).await;
    let following = must_append(&*store, some("b", largest as u64)).await;
    assert!(appended.last_position() < following.streams[0].first_position);
    let found = read(&*store, EventQuery::stream(stream("a")), 999).await.unwrap();
    assert_eq!(versions(&found), (1..=largest as u64).collect::<Vec<_>>());
}

pub(super) async fn a_huge_payload_is_kept_or_refused(store: Opened<'_>) {
    let mut huge = some("a", 1);
    let payload = Payload::from_json(format!("\"{}\"", "漢".repeat(7 << 20)));
    huge.writes[0].events[0].payload = payload.clone();
    match store.append(huge).await {
        Ok(_) => {
            let found = read(&*store, EventQuery::all(), 10).await.unwrap();
            assert!(found[0].payload == payload, "a huge payload came back changed");
        }
        Err(StoreError::TooLarge { actual, limit, .. }) => {
            assert!(actual > limit);
            assert_eq!(store.head().await.unwrap(), Position::START);
        }
        Err(other) => panic!("a huge payload is kept or too large: {other:?}"),
    }
    must_append(&*store, some("b", 1)).await;
}
