//! Many writers, few streams, and a reader that looks all the while.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    event::RecordedEvent,
    message::{EventId, Position, StreamId, Version},
    store::{Append, EventQuery, Expected, Store, StoreError, StreamWrite, read_page},
};

use super::{
    fixtures::{all, append, event, stream},
    opened::Opened,
};

const TASKS: usize = 64;
const APPENDS: usize = 8;

pub(super) async fn sixty_four_tasks_share_four_streams(store: Opened<'_>) {
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(poll(store.share(), Arc::clone(&done)));
    let writers: Vec<_> = (0..TASKS).map(|task| tokio::spawn(write_some(store.share(), task))).collect();
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.expect("a writer should not panic"));
    }
    done.store(true, Ordering::SeqCst);
    let seen = reader.await.expect("the reader should not panic");

    let events = all(&*store).await;
    assert_eq!(
        seen,
        events.iter().map(|event| event.position).collect::<Vec<_>>(),
        "the reader missed events"
    );
    assert_eq!(events.len(), TASKS * APPENDS);
    check_versions(&events);
    for (id, position) in acknowledged {
        let found = events.iter().find(|event| event.envelope.id == id);
        assert_eq!(found.map(|event| event.position), Some(position), "an acknowledged event is missing");
    }
}

/// Appends with the version it last saw, as often as it takes.
async fn write_some(store: Arc<dyn Store>, task: usize) -> Vec<(EventId, Position)> {
    let stream = stream((task % 4).to_string());
    let (mut version, mut acknowledged) = (Version::NONE, Vec::new());
    while acknowledged.len() < APPENDS {
        let new = one(&stream, Expected::Exactly(version));
        let id = new.writes[0].events[0].id;
        match store.append(new).await {
            Ok(appended) => {
                version = appended.streams[0].last_version;
                acknowledged.push((id, appended.last_position()));
            }
            Err(StoreError::Conflict { actual, .. }) => version = actual,
            Err(other) => panic!("only conflicts are expected: {other:?}"),
        }
    }
    acknowledged
}

fn one(stream: &StreamId, expected: Expected) -> Append {
    append(vec![StreamWrite { stream: stream.clone(), expected, events: vec![event(1)] }])
}

/// Follows the log from its start until the writers are done and nothing is left: what is above the last page.
async fn poll(store: Arc<dyn Store>, done: Arc<AtomicBool>) -> Vec<Position> {
    let (mut query, mut seen) = (EventQuery::all(), Vec::new());
    loop {
        let last_look = done.load(Ordering::SeqCst);
        let (events, end) = read_page(&*store, &query, 50).await.expect("the log should be read");
        for event in &events {
            assert!(event.position > query.after, "an event was found below a position that was read");
            query.after = event.position;
            seen.push(event.position);
        }
        query.after = end.position;
        if last_look && end.complete {
            return seen;
        }
        tokio::task::yield_now().await;
    }
}

fn check_versions(events: &[RecordedEvent]) {
    let mut versions: HashMap<&StreamId, Version> = HashMap::new();
    for event in events {
        let version = versions.entry(&event.envelope.stream).or_default();
        assert_eq!(event.envelope.version, version.next(), "versions should have no gaps");
        *version = version.next();
    }
}
