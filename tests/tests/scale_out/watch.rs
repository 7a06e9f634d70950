//! The log as it grows.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use cqrs::{
    CommandId,
    bus::CommandBus,
    event::RecordedEvent,
    store::{EventQuery, Store, read_page},
};

use super::place::Site;

/// How long nothing may happen. A broker takes a while to notice that a consumer was killed.
const PATIENCE: Duration = Duration::from_mins(1);

/// Everything that was read so far.
pub struct Log {
    store: Arc<dyn Store>,
    bus: CommandBus,
    query: EventQuery,
    events: Vec<RecordedEvent>,
}

impl Log {
    pub fn of(site: &Site) -> Self {
        let (store, bus) = (Arc::clone(&site.store), site.bus.clone());
        Self { store, bus, query: EventQuery::all(), events: Vec::new() }
    }

    /// Waits until it has so many events.
    pub async fn until(&mut self, count: usize) {
        while self.events.len() < count {
            let before = self.events.len();
            if tokio::time::timeout(PATIENCE, self.more()).await.is_err() {
                let letters = self.bus.dead_letters(3).await;
                panic!("nothing follows the first {before} of {count} events; dead letters: {letters:?}");
            }
        }
    }

    async fn more(&mut self) {
        let mut wake_ups = self.store.wake_ups();
        let pause = self.store.capabilities().poll_interval.unwrap_or(PATIENCE);
        loop {
            let (events, end) = read_page(&*self.store, &self.query, 1_000).await.expect("the log is read");
            self.query.after = end.position;
            if !events.is_empty() {
                return self.events.extend(events);
            }
            // Out of time or not: it looks again.
            let _ = tokio::time::timeout(pause, wake_ups.changed()).await;
        }
    }

    /// Which commands caused the events of each stream, in order.
    pub fn causes(&self) -> BTreeMap<String, Vec<CommandId>> {
        let mut causes = BTreeMap::<_, Vec<_>>::new();
        for event in &self.events {
            let cause = event.envelope.metadata.causation_id.expect("a command caused it");
            let stream = causes.entry(event.envelope.stream.key().to_owned()).or_default();
            stream.push(cause.as_uuid().into());
        }
        causes
    }
}
