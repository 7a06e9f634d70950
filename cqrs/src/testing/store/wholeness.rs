//! What others see of an append: all of it, or nothing.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::{
    message::{CommandId, Metadata, Version},
    store::{Append, EventQuery, EventStore, Expected, Store, read_page},
};

use super::{
    fixtures::{answering, append, claim, events, must_append, some, stream, write},
    opened::Opened,
};

const APPENDS: u64 = 300;

/// Looks as often as it can until the writer is done.
async fn meanwhile<F: Future<Output = ()>>(done: &AtomicBool, mut look: impl FnMut() -> F) {
    while !done.load(Ordering::SeqCst) {
        look().await;
        tokio::task::yield_now().await;
    }
}

/// Runs the appends in a task of their own, and tells when they are done.
fn writer(store: Arc<dyn Store>, appends: impl Iterator<Item = Append> + Send + 'static) -> Arc<AtomicBool> {
    let done = Arc::new(AtomicBool::new(false));
    let finished = Finished(Arc::clone(&done));
    tokio::spawn(async move {
        let _finished = finished;
        for append in appends {
            must_append(&*store, append).await;
        }
    });
    done
}

/// Also when the writer panics, its readers must come to an end.
struct Finished(Arc<AtomicBool>);

impl Drop for Finished {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

pub(super) async fn others_see_all_events_of_an_append_or_none(store: Opened<'_>) {
    let done = writer(store.share(), (0..APPENDS).map(|_| some("a", 3)));
    let (store, a) = (&*store, stream("a"));
    meanwhile(&done, || async {
        let version = store.version(&a).await.unwrap();
        assert!(
            version.get().is_multiple_of(3),
            "of an append of three events, {} were seen",
            version.get() % 3
        );
    })
    .await;
    assert_eq!(store.version(&a).await.unwrap(), Version::new(APPENDS * 3), "an append is missing");
}

pub(super) async fn others_see_all_streams_of_an_append_or_none(store: Opened<'_>) {
    let both = || append(vec![write("a", Expected::Any, 1), write("b", Expected::Any, 2)]);
    let done = writer(store.share(), (0..APPENDS).map(move |_| both()));
    let (store, a, b) = (&*store, stream("a"), stream("b"));
    meanwhile(&done, || async {
        // What was there when the first stream was looked at is there when the second is.
        let (first, second) = (store.version(&a).await.unwrap(), store.version(&b).await.unwrap());
        assert!(second.get() >= first.get() * 2, "of an append to two streams, one was seen");
    })
    .await;
    assert_eq!(store.version(&b).await.unwrap(), Version::new(APPENDS * 2), "an append is missing");
}

pub(super) async fn whoever_sees_an_event_sees_its_command(store: Opened<'_>) {
    let done = writer(store.share(), (0..APPENDS).map(|_| caused()));
    let (store, mut seen) = (&*store, Version::NONE);
    while !done.load(Ordering::SeqCst) {
        seen = look_for_commands(store, seen).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(look_for_commands(store, seen).await, Version::new(APPENDS), "an append is missing");
}

/// An append whose event says which command it answers.
fn caused() -> Append {
    let claim = claim(CommandId::generate(), "{}");
    let mut append = answering(append(vec![write("a", Expected::Any, 0)]), &claim);
    append.writes[0].events = events(1);
    Append { metadata: Metadata { causation_id: Some(claim.id.into()), ..Metadata::new() }, ..append }
}

async fn look_for_commands(store: &(impl EventStore + ?Sized), seen: Version) -> Version {
    let query = EventQuery::stream(stream("a")).after_version(seen);
    let (events, end) = read_page(store, &query, 1_000).await.unwrap();
    for event in events {
        let cause = event.envelope.metadata.causation_id.expect("the event has a cause");
        let command = store.command(cause.as_uuid().into()).await.unwrap();
        let places = command.map(|command| command.appended.last_position());
        assert_eq!(places, Some(event.position), "an event was seen whose command is not known");
    }
    end.version
}
