//! Several connections to one log, as several processes have them.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use cqrs::{
    CommandId, EventId, Position, Version,
    store::{EventQuery, EventStore, Expected, StoreError, nats::NatsStore, read_page},
};
use cqrs_tests::nats::{Prefix, server_answers};
use futures_util::future::{join, join_all};

use crate::requests::{answering, append, events, landed, stream, version};

#[tokio::test]
async fn what_one_writes_the_other_hears_of_sees_and_expects() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let (one, other) = (prefix.store().await, prefix.store().await);
    let mut wake_ups = other.wake_ups();
    let appended = one.append(append("a", Expected::NoStream, 2)).await.unwrap();
    let heard = wake_ups.wait_for(|position| *position == appended.last_position());
    tokio::time::timeout(Duration::from_secs(10), heard).await.expect("the other process is told").unwrap();
    assert_eq!(other.head().await.unwrap(), appended.last_position());
    let refused = other.append(append("a", Expected::Exactly(Version::new(1)), 1)).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    other.append(append("a", Expected::Exactly(Version::new(2)), 1)).await.unwrap();
    // The first has a mark of the stream that is out of date.
    match one.append(append("a", Expected::Exactly(Version::new(2)), 1)).await {
        Err(StoreError::Conflict { actual, .. }) => assert_eq!(actual, Version::new(3)),
        other => panic!("the stream has moved on: {other:?}"),
    }
    one.append(append("a", Expected::Exists, 1)).await.unwrap();
    assert_eq!(version(&other, "a").await, Version::new(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twins_on_two_connections_one_is_stored() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let (one, other) = (prefix.store().await, prefix.store().await);
    for round in 0..200 {
        let key = (round % 7).to_string();
        // The rule holds whatever is expected, also if it is what the first twin has made of it.
        let expected =
            if round % 2 == 0 { Expected::Any } else { Expected::Exactly(version(&one, &key).await) };
        let id = CommandId::generate();
        let twin = || answering(append(&key, expected, 2), id);
        let (left, right) = join(one.append(twin()), other.append(twin())).await;
        let outcomes = [&left, &right];
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        let (left, right) = (landed(left), landed(right));
        assert!(left.is_some() && left == right, "twins are told one outcome: {left:?}, {right:?}");
        let found = other.command(id).await.unwrap().expect("the command is known");
        assert_eq!(Some(found.appended), left);
    }
    assert_eq!(events(&one, EventQuery::all()).await.len(), 400);
}

#[tokio::test]
async fn a_command_is_known_long_after_its_stream_has_moved_on() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let store = prefix.store().await;
    let id = CommandId::generate();
    store.append(append("a", Expected::NoStream, 3)).await.unwrap();
    let first = store.append(answering(append("a", Expected::Any, 2), id)).await.unwrap();
    for _ in 0..100 {
        store.append(append("a", Expected::Any, 1)).await.unwrap();
    }
    // Another process, which remembers nothing, and streams that others may have tried the command on.
    let other = prefix.store().await;
    for key in ["a", "b", "a"] {
        let again = other.append(answering(append(key, Expected::Any, 2), id)).await;
        assert!(matches!(again, Err(StoreError::AlreadyHandled(_))), "{again:?}");
        assert_eq!(landed(again), Some(first.clone()));
    }
    assert_eq!(version(&other, "b").await, Version::NONE);
}

#[tokio::test]
async fn a_refused_command_may_be_tried_on_several_streams() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let (one, other) = (prefix.store().await, prefix.store().await);
    let id = CommandId::generate();
    for key in ["a", "b", "c"] {
        one.append(append(key, Expected::NoStream, 1)).await.unwrap();
        // It does not know of the event, so it finds out by sending.
        let refused = other.append(answering(append(key, Expected::NoStream, 1), id)).await;
        assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
        assert_eq!(other.command(id).await.unwrap(), None);
    }
    let stored = other.append(answering(append("b", Expected::Exists, 1), id)).await.unwrap();
    assert_eq!(one.command(id).await.unwrap().map(|found| found.appended), Some(stored));
}

const WRITERS: usize = 8;
const APPENDS: usize = 150;

/// A reader that follows the log while eight write to it misses nothing and sees nothing twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_never_skips_while_eight_write() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let stores = join_all((0..WRITERS).map(|_| prefix.store())).await;
    let writing = Arc::new(AtomicUsize::new(WRITERS));
    let reader = tokio::spawn(follow(prefix.store().await, Arc::clone(&writing)));
    let writers = stores.into_iter().enumerate().map(|(number, store)| {
        let writing = Arc::clone(&writing);
        tokio::spawn(async move {
            let written = write(store, number).await;
            writing.fetch_sub(1, Ordering::SeqCst);
            written
        })
    });
    let mut written = HashMap::new();
    for writer in writers.collect::<Vec<_>>() {
        written.extend(writer.await.unwrap());
    }
    let seen = reader.await.unwrap();
    assert_eq!(seen.len(), written.len(), "the reader saw as many as were written");
    assert_eq!(seen.into_iter().collect::<HashMap<_, _>>(), written);
}

/// Appends one to three events at a time to streams that it shares with others, and gives the ids of what it wrote.
async fn write(store: NatsStore, number: usize) -> Vec<(EventId, Position)> {
    let mut written = Vec::new();
    for round in 0..APPENDS {
        let key = ((number + round) % 5).to_string();
        let new = append(&key, Expected::Any, 1 + round % 3);
        let ids: Vec<_> = new.writes[0].events.iter().map(|event| event.id).collect();
        let appended = store.append(new).await.unwrap();
        let first = appended.streams[0].first_position.get();
        written.extend(ids.into_iter().zip((first..).map(Position::new)));
    }
    written
}

async fn follow(store: NatsStore, writing: Arc<AtomicUsize>) -> Vec<(EventId, Position)> {
    let (mut query, mut seen) = (EventQuery::all(), Vec::new());
    let mut wake_ups = store.wake_ups();
    loop {
        let last_look = writing.load(Ordering::SeqCst) == 0;
        wake_ups.mark_unchanged();
        let (page, end) = read_page(&store, &query, 7).await.unwrap();
        for event in &page {
            assert!(event.position > query.after, "an event was found below a position that was read");
            query.after = event.position;
            seen.push((event.envelope.id, event.position));
        }
        query.after = end.position;
        if end.complete && last_look {
            return seen;
        }
        if end.complete {
            let _ = tokio::time::timeout(Duration::from_millis(20), wake_ups.changed()).await;
        }
    }
}

/// What a reader is told is the end is the end of what was acknowledged, whoever wrote it.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_sees_what_was_acknowledged_before() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let (writer, reader) = (prefix.store().await, prefix.store().await);
    let mut after = Position::START;
    for round in 1..=300 {
        let appended = writer.append(append("a", Expected::Any, 1)).await.unwrap();
        let of_stream = events(&reader, EventQuery::stream(stream("a"))).await;
        assert_eq!(of_stream.len(), round, "the stream as another process reads it");
        let followed = events(&reader, EventQuery::all().after(after)).await;
        assert_eq!(followed.len(), 1, "the log as another process follows it");
        let of_category = EventQuery::all().category("thing").after(after);
        assert_eq!(events(&reader, of_category).await.len(), 1);
        after = appended.last_position();
    }
}
