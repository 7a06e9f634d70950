//! The store's handle, and the log.

use std::{any::Any, sync::Arc};

use async_nats::Client;
use futures_util::future::BoxFuture;
use tokio::{
    sync::{RwLock, RwLockReadGuard, watch},
    task::AbortHandle,
};

use crate::{
    message::{CommandId, Position, StreamId, Version},
    store::{
        Append, Appended, Capabilities, EventQuery, EventStore, Idempotency, PageEnd, RecordedCommand, Store,
        StoreError, Visit,
    },
};

use super::{
    append::Appends,
    client::{Connection, Refusals},
    commands::Commands,
    cursors::Cursors,
    due::DueTable,
    holder::Observed,
    layout::Layout,
    marks::Marks,
    options::NatsStoreOptions,
    page::Page,
    sequence::{self, MOST_EVENTS},
    stream::Stream,
    table::Table,
    wake_ups,
};

/// A store on NATS JetStream.
///
/// It is a handle: clones share the store, which closes when [`EventStore::close`] is called. It works on the runtime it
/// was opened on.
///
/// ```no_run
/// # use cqrs::{Application, store::nats::NatsStore};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = NatsStore::builder().require_replicas(3).connect("nats://nats.internal:4222/bank").await?;
/// let app = Application::builder().store(store).start().await?;
/// # Ok(()) }
/// # fn main() {}
/// ```
#[derive(Clone)]
pub struct NatsStore {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) prefix: String,
    pub(super) options: NatsStoreOptions,
    pub(super) events: Stream,
    pub(super) failures: Stream,
    pub(super) snapshots: Table,
    pub(super) subscriptions: Table,
    pub(super) inbox: Table,
    pub(super) due: DueTable,
    pub(super) appends: Appends,
    pub(super) observed: Observed,
    pub(super) cursors: Cursors,
    /// Where streams ended when their snapshot was taken.
    pub(super) snapshot_ends: Marks,
    pub(super) wake_ups: watch::Sender<Position>,
    listener: AbortHandle,
    closed: RwLock<bool>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl NatsStore {
    /// Opens a store as it is by default, and makes it if it is not there; see [`NatsStoreOptions::connect`].
    pub async fn connect(address: &str) -> Result<Self, StoreError> {
        NatsStoreOptions::default().connect(address).await
    }

    /// Returns options to open a store with.
    pub fn builder() -> NatsStoreOptions {
        NatsStoreOptions::default()
    }

    pub(super) async fn connect_at(
        client: Client,
        refusals: Refusals,
        prefix: &str,
        options: NatsStoreOptions,
    ) -> Result<Self, StoreError> {
        let opening = options.opening();
        let (_, connection) = Connection::new(opening.context(client), refusals);
        let layout = Layout::open(&connection, prefix, opening).await?;
        let wake_ups = watch::Sender::new(Position::START);
        let listener = tokio::spawn(wake_ups::listen(layout.events.clone(), wake_ups.clone())).abort_handle();
        let root = format!("{prefix}.events.");
        let commands = Commands { table: layout.commands, events: layout.events.clone(), root };
        Ok(Self {
            shared: Arc::new(Shared {
                prefix: prefix.to_owned(),
                options,
                events: layout.events,
                failures: layout.failures,
                snapshots: layout.snapshots,
                subscriptions: layout.subscriptions,
                inbox: layout.inbox,
                due: DueTable::new(layout.due, prefix),
                appends: Appends { commands, marks: Marks::default() },
                observed: Observed::default(),
                cursors: Cursors::default(),
                snapshot_ends: Marks::default(),
                wake_ups,
                listener,
                closed: RwLock::new(false),
            }),
        })
    }

    /// Returns what all names of the store on the server begin with.
    pub fn prefix(&self) -> &str {
        &self.shared.prefix
    }

    /// The store's parts, unless it is closed. It does not close while somebody has them.
    pub(super) async fn enter(&self) -> Result<Inside<'_>, StoreError> {
        let closed = self.shared.closed.read().await;
        if *closed { Err(StoreError::Closed) } else { Ok(Inside { shared: &self.shared, _open: closed }) }
    }
}

/// The parts of an open store.
pub(super) struct Inside<'a> {
    shared: &'a Shared,
    _open: RwLockReadGuard<'a, bool>,
}

impl std::ops::Deref for Inside<'_> {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        self.shared
    }
}

impl Shared {
    pub(super) async fn head(&self) -> Result<Position, StoreError> {
        let last = self.events.last_sequence("read the head of the log").await?;
        Ok(sequence::position(last, 0))
    }
}

impl EventStore for NatsStore {
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, StoreError>> {
        Box::pin(async move {
            let inside = self.enter().await?;
            let appended = inside.appends.append(&append).await?;
            wake_ups::wake(&inside.wake_ups, appended.last_position());
            Ok(appended)
        })
    }

    fn read<'a>(
        &'a self,
        query: &'a EventQuery,
        limit: usize,
        visit: Visit,
    ) -> BoxFuture<'a, Result<PageEnd, StoreError>> {
        Box::pin(async move { self.enter().await?.read(Page::new(query, limit, visit)).await })
    }

    fn version<'a>(&'a self, stream: &'a StreamId) -> BoxFuture<'a, Result<Version, StoreError>> {
        Box::pin(async move { Ok(self.enter().await?.appends.end(stream).await?.version) })
    }

    fn head(&self) -> BoxFuture<'_, Result<Position, StoreError>> {
        Box::pin(async move { self.enter().await?.head().await })
    }

    fn command(&self, id: CommandId) -> BoxFuture<'_, Result<Option<RecordedCommand>, StoreError>> {
        Box::pin(async move { self.enter().await?.appends.find(id).await })
    }

    fn wake_ups(&self) -> watch::Receiver<Position> {
        self.shared.wake_ups.subscribe()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            several_streams: false,
            idempotency: Idempotency::Stream,
            largest_append: Some(MOST_EVENTS),
            schedules: true,
            durable: true,
            poll_interval: Some(self.shared.options.poll_interval),
        }
    }

    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            *self.shared.closed.write().await = true;
            self.shared.listener.abort();
            for cursor in self.shared.cursors.drain() {
                cursor.retire().await;
            }
            Ok(())
        })
    }
}

impl Store for NatsStore {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn name(&self) -> &'static str {
        "NATS JetStream"
    }
}
