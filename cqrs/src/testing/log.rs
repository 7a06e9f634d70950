//! What has happened before: events of any aggregates, in the order in which they are given.

use std::{convert::Infallible, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use jiff::Timestamp;
use smol_str::SmolStr;

use crate::{
    aggregate::{Aggregate, IntoEvents},
    error_chain,
    event::{Event, RecordedEvent},
    message::{EventId, Metadata, Position, StreamId},
    repository::{Recording, load},
    store::{Append, EventQuery, Expected, NewEvent, Store, StoreError, StreamWrite, read_page},
};

/// One entry: what it does to a store.
type Given = Box<dyn FnOnce(Arc<dyn Store>, Metadata) -> BoxFuture<'static, ()> + Send>;

/// Events that are yet to be stored.
#[derive(Default)]
pub(super) struct Log {
    entries: Vec<(Option<Timestamp>, Given)>,
    /// When what is added happens; whenever the metadata says, if that is not said.
    time: Option<Timestamp>,
}

impl Log {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What is added from now on happens at a time.
    #[cfg(feature = "sqlite")]
    pub(super) fn at(&mut self, time: Timestamp) {
        self.time = Some(time);
    }

    /// What is added from now on happens so much later.
    #[cfg(feature = "sqlite")]
    pub(super) fn pass(&mut self, time: std::time::Duration, begin: Timestamp) {
        self.at(crate::clock::later(self.time.unwrap_or(begin), time));
    }

    fn push(&mut self, given: Given) {
        self.entries.push((self.time, given));
    }

    /// Events of one aggregate. That they follow on those before shows when they are stored.
    pub(super) fn add<A: Aggregate>(&mut self, id: &A::Id, events: impl IntoEvents<A, Error = Infallible>) {
        let (stream, mut all) = (A::stream(id), Vec::new());
        let Ok(()) = events.into_events(&mut all);
        self.push(Box::new(move |store, metadata| {
            async move { store_all::<A>(&*store, metadata, stream, &all).await }.boxed()
        }));
    }

    /// One event of whatever stream, which no aggregate vouches for.
    #[track_caller]
    pub(super) fn add_event<E: Event>(&mut self, stream: StreamId, event: &E) {
        let events = vec![encoded(event)];
        let write = StreamWrite { stream, expected: Expected::Any, events };
        self.push(Box::new(move |store, metadata| {
            async move { append(&*store, metadata, write).await.unwrap_or_else(|error| give_up(&error)) }
                .boxed()
        }));
    }

    /// Stores everything.
    ///
    /// # Panics
    ///
    /// If no aggregate can have the history that was given.
    pub(super) async fn store(self, store: &Arc<dyn Store>, metadata: &Metadata) {
        for (time, given) in self.entries {
            let metadata = Metadata { time: time.unwrap_or(metadata.time), ..metadata.clone() };
            given(Arc::clone(store), metadata).await;
        }
    }
}

/// The event as it is stored.
#[track_caller]
pub(super) fn encoded<E: Event>(event: &E) -> NewEvent {
    let kind = event.kind();
    let payload = event
        .encode()
        .unwrap_or_else(|error| panic!("event `{}` cannot be written as JSON: {error}", kind.name));
    NewEvent {
        id: EventId::generate(),
        name: SmolStr::new_static(kind.name),
        schema_version: kind.version,
        payload,
        tags: event.tags(),
    }
}

async fn store_all<A: Aggregate>(
    store: &dyn Store,
    metadata: Metadata,
    stream: StreamId,
    events: &[A::Event],
) {
    if events.is_empty() {
        return;
    }
    let mut loaded = load::<A>(store, &stream).await.unwrap_or_else(|error| give_up(&error));
    let expected = Expected::Exactly(loaded.version);
    let recording = Recording { stream: &stream, metadata: &metadata, new_id: EventId::generate };
    let events = match recording.record_all(&mut loaded, events) {
        Ok(events) => events,
        Err(error) => {
            panic!("no `{}` can have the given history: {}", A::CATEGORY, error_chain::chain(&error))
        }
    };
    let write = StreamWrite { stream, expected, events };
    append(store, metadata, write).await.unwrap_or_else(|error| give_up(&error));
}

async fn append(store: &dyn Store, metadata: Metadata, write: StreamWrite) -> Result<(), StoreError> {
    store.append(Append { writes: vec![write], command: None, metadata }).await.map(drop)
}

/// Every event of a store, from the first to the last.
pub(super) async fn all_events(store: &dyn Store) -> Vec<RecordedEvent> {
    let (mut events, mut after) = (Vec::new(), Position::START);
    loop {
        let query = EventQuery::all().after(after);
        let (page, end) = read_page(store, &query, 1_000).await.unwrap_or_else(|error| give_up(&error));
        events.extend(page);
        if end.complete {
            return events;
        }
        after = end.position;
    }
}

/// An event that does not survive its way through the store is a mistake in the event's own code.
fn give_up(error: &(dyn std::error::Error + 'static)) -> ! {
    panic!("the events cannot be stored and read back: {}", error_chain::chain(error))
}
