//! Many writers, few streams, and a reader that looks all the while.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{
    event::RecordedEvent,
    message::{CommandId, EventId, Position, StreamId, Version},
    store::{
        Append, Appended, CommandClaim, EventQuery, Expected, Store, StoreError, StreamWrite, read_page,
    },
};

use super::{
    fixtures::{all, append, claim, events, stream},
    opened::Opened,
    same::assert_same,
};

const TASKS: usize = 64;
const APPENDS: usize = 8;

/// By then a store that says where a conflicting stream is has long let everybody through; one that says something else
/// has its writers try for ever.
const LIMIT: Duration = Duration::from_mins(3);

/// What a writer was told: its events, its command, and where they landed.
type Acknowledged = (Vec<EventId>, Option<CommandClaim>, Appended);

pub(super) async fn sixty_four_tasks_share_four_streams(store: Opened<'_>) {
    let stores = (0..TASKS).map(|_| store.share());
    contend(&store, stores.collect()).await;
}

/// The same, by two handles of one store, as two processes have them.
pub(super) async fn two_processes_share_four_streams(store: Opened<'_>) {
    let other = store.open_another().await;
    let stores = (0..TASKS).map(|task| if task < TASKS / 2 { store.share() } else { Arc::clone(&other) });
    contend(&store, stores.collect()).await;
    assert_same(&all(&*other).await, &all(&*store).await, "the other process sees another log");
    other.close().await.unwrap();
}

/// Each of the writers has a handle, and all of them use the same few streams.
async fn contend(store: &Opened<'_>, writers: Vec<Arc<dyn Store>>) {
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(poll(store.share(), Arc::clone(&done)));
    let writing = async {
        let writers: Vec<_> =
            (0..).zip(writers).map(|(task, store)| tokio::spawn(write_some(store, task))).collect();
        let mut acknowledged = Vec::new();
        for writer in writers {
            acknowledged.extend(writer.await.expect("a writer should not panic"));
        }
        acknowledged
    };
    let acknowledged = tokio::time::timeout(LIMIT, writing).await;
    done.store(true, Ordering::SeqCst);
    let acknowledged = acknowledged
        .expect("writers that go on from the version which a conflict names should come to an end");
    let seen = reader.await.expect("the reader should not panic");

    let events = all(&**store).await;
    let positions: Vec<_> = events.iter().map(|event| event.position).collect();
    assert_same(&seen, &positions, "a reader that followed the log saw other positions than are there");
    check_versions(&events);
    check_acknowledged(store, &events, acknowledged).await;
}

/// Appends with the version it last saw, as often as it takes; one to three events at a time, every other time as the
/// answer to a command.
async fn write_some(store: Arc<dyn Store>, task: usize) -> Vec<Acknowledged> {
    let stream = stream((task % 4).to_string());
    let (mut version, mut acknowledged) = (Version::NONE, Vec::new());
    while acknowledged.len() < APPENDS {
        let number = task + acknowledged.len();
        let new = few(&stream, Expected::Exactly(version), 1 + number as u64 % 3);
        let claim = number.is_multiple_of(2).then(|| claim(CommandId::generate(), "{}"));
        let new = Append { command: claim.clone(), ..new };
        let ids = new.writes[0].events.iter().map(|event| event.id).collect();
        match store.append(new).await {
            Ok(appended) => {
                version = appended.streams[0].last_version;
                acknowledged.push((ids, claim, appended));
            }
            Err(StoreError::Conflict { actual, .. }) => version = actual,
            Err(other) => panic!("only conflicts are expected: {other:?}"),
        }
    }
    acknowledged
}

fn few(stream: &StreamId, expected: Expected, count: u64) -> Append {
    append(vec![StreamWrite { stream: stream.clone(), expected, events: events(count) }])
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

/// What was acknowledged is there, where it was said to be, and nothing else.
async fn check_acknowledged(store: &Opened<'_>, events: &[RecordedEvent], acknowledged: Vec<Acknowledged>) {
    let stored: HashMap<_, _> = events.iter().map(|event| (event.envelope.id, event)).collect();
    let mut count = 0;
    for (ids, claim, appended) in acknowledged {
        let [part] = &appended.streams[..] else { panic!("one stream was written: {appended:?}") };
        let places = |id: &EventId| stored.get(id).map(|event| event.envelope.version.get());
        let found: Vec<_> = ids.iter().map(places).collect();
        let expected: Vec<_> = (part.first_version.get()..=part.last_version.get()).map(Some).collect();
        assert_eq!(found, expected, "an acknowledged append should be where it was said to be");
        let [first, last] = [ids.first(), ids.last()].map(|id| id.and_then(|id| stored.get(id)));
        let positions = [first, last].map(|event| event.map(|event| event.position));
        assert_eq!(positions, [Some(part.first_position), Some(part.last_position)]);
        if let Some(claim) = claim {
            let record = store.command(claim.id).await.unwrap();
            assert_eq!(record.map(|record| record.appended), Some(appended), "the record of a command");
        }
        count += ids.len();
    }
    assert_eq!(events.len(), count, "events are there that nobody was told of");
}
