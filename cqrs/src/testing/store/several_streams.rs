//! Appending to several streams at once.

use crate::{
    message::{CommandId, Position, Version},
    store::{Expected, RecordedCommand, StoreError},
};

use super::{
    fixtures::{all, answering, append, claim, must_append, some, stream, write},
    opened::Opened,
};

pub(super) async fn several_streams_are_written_together(store: Opened<'_>) {
    must_append(&*store, some("b", 1)).await;
    let writes = vec![
        write("a", Expected::NoStream, 2),
        write("b", Expected::Exists, 1),
        write("c", Expected::Any, 3),
    ];
    let appended = must_append(&*store, append(writes)).await;
    let named: Vec<_> = appended.streams.iter().map(|part| part.stream.key().to_owned()).collect();
    assert_eq!(named, ["a", "b", "c"]);
    for (part, (first, last)) in appended.streams.iter().zip([(1, 2), (2, 2), (1, 3)]) {
        assert_eq!((part.first_version.get(), part.last_version.get()), (first, last));
    }
    let events = all(&*store).await;
    assert_eq!(events.len(), 7);
    assert!(events.windows(2).all(|pair| pair[0].position < pair[1].position));
    assert_eq!(appended.last_position(), events[6].position);
}

pub(super) async fn one_conflict_stops_all_streams(store: Opened<'_>) {
    must_append(&*store, some("c", 1)).await;
    let writes = vec![
        write("a", Expected::NoStream, 2),
        write("b", Expected::Any, 1),
        write("c", Expected::NoStream, 1),
    ];
    match store.append(append(writes)).await {
        Err(StoreError::Conflict { stream: named, .. }) => assert_eq!(named, stream("c")),
        other => panic!("the third stream conflicts: {other:?}"),
    }
    assert_eq!(all(&*store).await.len(), 1);
}

/// Also of the streams whose expectations hold: what comes next goes where it would have gone.
pub(super) async fn a_conflict_leaves_nothing_behind(store: Opened<'_>) {
    must_append(&*store, some("a", 2)).await;
    must_append(&*store, some("c", 1)).await;
    let two = Version::new(2);
    for _ in 0..2 {
        let writes = vec![
            write("a", Expected::Exactly(two), 3),
            write("b", Expected::NoStream, 1),
            write("c", Expected::NoStream, 1),
        ];
        match store.append(append(writes)).await {
            Err(StoreError::Conflict { stream: named, actual, .. }) => {
                assert_eq!((named, actual), (stream("c"), Version::new(1)));
            }
            other => panic!("the third stream conflicts: {other:?}"),
        }
    }
    assert_eq!(store.version(&stream("a")).await.unwrap(), two);
    assert_eq!(store.version(&stream("b")).await.unwrap(), Version::NONE);
    let writes = vec![write("a", Expected::Exactly(two), 1), write("b", Expected::NoStream, 1)];
    let appended = must_append(&*store, append(writes)).await;
    let versions: Vec<_> = appended.streams.iter().map(|part| part.first_version.get()).collect();
    assert_eq!(versions, [3, 1]);
    assert_eq!(all(&*store).await.len(), 5);
}

pub(super) async fn a_write_without_events_only_checks(store: Opened<'_>) {
    let holds = vec![write("a", Expected::NoStream, 0), write("b", Expected::Any, 1)];
    let appended = must_append(&*store, append(holds)).await;
    assert_eq!(appended.streams.len(), 1, "only streams that got events are named");
    let fails = vec![write("a", Expected::Exists, 0), write("b", Expected::Any, 1)];
    let refused = store.append(append(fails)).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    assert_eq!(all(&*store).await.len(), 1);
}

pub(super) async fn a_stream_named_twice_is_refused(store: Opened<'_>) {
    let writes =
        vec![write("a", Expected::Any, 1), write("b", Expected::Any, 1), write("a", Expected::Any, 1)];
    match store.append(append(writes)).await {
        Err(StoreError::StreamTwice(named)) => assert_eq!(named, stream("a")),
        other => panic!("a stream was named twice: {other:?}"),
    }
    assert_eq!(store.head().await.unwrap(), Position::START);
}

pub(super) async fn a_command_finds_its_events_in_all_streams(store: Opened<'_>) {
    must_append(&*store, some("b", 2)).await;
    let claim = claim(CommandId::generate(), "{}");
    let writes =
        vec![write("a", Expected::Any, 2), write("b", Expected::Any, 1), write("c", Expected::Any, 3)];
    let appended = must_append(&*store, answering(append(writes), &claim)).await;
    must_append(&*store, some("c", 1)).await;
    let found = store.command(claim.id).await.unwrap().expect("the command should be known");
    assert_eq!(found, RecordedCommand::of(&claim, appended));
}
