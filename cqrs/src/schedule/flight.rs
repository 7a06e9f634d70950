//! The commands that are being dispatched.

use std::collections::{HashMap, HashSet};

use tokio::task::{Id, JoinSet};

use crate::{
    message::StreamId,
    store::{Due, DueKey},
};

/// What became of a row that was due.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fired {
    /// An outcome is stored: the row may go.
    Done,
    /// The row has gone, or is due again later.
    Settled,
    /// Nothing has changed, since something is away.
    Outage,
}

/// The commands that are being dispatched: of one aggregate one at a time.
#[derive(Debug, Default)]
pub(super) struct Flight {
    tasks: JoinSet<Fired>,
    places: HashMap<Id, Place>,
    keys: HashSet<DueKey>,
    streams: HashSet<StreamId>,
}

#[derive(Debug)]
struct Place {
    key: DueKey,
    stream: Option<StreamId>,
}

impl Flight {
    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    pub(super) fn has(&self, row: &Due) -> bool {
        self.keys.contains(&row.key)
    }

    pub(super) fn holds(&self, stream: Option<&StreamId>) -> bool {
        stream.is_some_and(|stream| self.streams.contains(stream))
    }

    pub(super) fn begin(
        &mut self,
        key: DueKey,
        stream: Option<StreamId>,
        task: impl Future<Output = Fired> + Send + 'static,
    ) {
        self.keys.insert(key.clone());
        self.streams.extend(stream.clone());
        let id = self.tasks.spawn(task).id();
        self.places.insert(id, Place { key, stream });
    }

    /// One that has ended; pending for ever if there is none.
    pub(super) async fn ended(&mut self) -> (DueKey, Fired) {
        loop {
            if let Some(ended) = self.tasks.join_next_with_id().await
                && let Some(ended) = self.take(ended)
            {
                return ended;
            }
            if self.tasks.is_empty() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// One more that has ended by now.
    pub(super) fn also_ended(&mut self) -> Option<(DueKey, Fired)> {
        self.tasks.try_join_next_with_id().and_then(|ended| self.take(ended))
    }

    /// A task that panicked, which is none of the handler's doing, has changed nothing that is known of.
    fn take(&mut self, ended: Result<(Id, Fired), tokio::task::JoinError>) -> Option<(DueKey, Fired)> {
        let (id, fired) = ended.unwrap_or_else(|error| (error.id(), Fired::Outage));
        let Place { key, stream } = self.places.remove(&id)?;
        self.keys.remove(&key);
        if let Some(stream) = stream {
            self.streams.remove(&stream);
        }
        Some((key, fired))
    }
}
