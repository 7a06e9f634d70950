//! A projection in a database: its rows and its checkpoint move in one transaction.
//!
//! Invariant: an event's rows are committed exactly when the checkpoint moves over it, and the checkpoint moves
//! only by compare-and-set. So of several processes that run the same projection one wins each batch; the others
//! find the checkpoint moved before they write a row, and go on from there.

use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};
use metrics::{counter, gauge};
use tracing::{Instrument, info_span, warn};

use crate::{
    event::{Event, RecordedEvent},
    handler::{Backend, BoxError, TransactionalHandlers},
    message::Position,
    services::Services,
    store::{Store, StoreError, Subscription},
    subscription::{Environment, Request, Running, Source, State, StatusSender, Woken},
};

use super::Projection;

/// A store in whose transactions projections write. Only the stores of this crate are; the methods do the
/// transactional half of the work, in terms of the store's own transactions.
pub trait ProjectionBackend: Backend + Sized {
    #[doc(hidden)]
    fn begin<P>(store: &Arc<dyn Store>) -> BoxFuture<'_, Result<Subscription, StoreError>>
    where
        P: Projection + TransactionalHandlers<Backend = Self>;

    #[doc(hidden)]
    fn rebuild<P>(store: &Arc<dyn Store>) -> BoxFuture<'_, Result<Subscription, StoreError>>
    where
        P: Projection + TransactionalHandlers<Backend = Self>;

    /// Applies as many events of a batch as the budget allows, and moves the checkpoint in the same transaction: from
    /// `from` to the last event applied, or to `to` if all were.
    #[doc(hidden)]
    fn apply<P>(batch: Batch) -> BoxFuture<'static, Result<Position, ApplyError>>
    where
        P: Projection + TransactionalHandlers<Backend = Self>;
}

/// A batch on its way into the database.
pub struct Batch {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) services: Services,
    pub(crate) events: Arc<Vec<RecordedEvent>>,
    pub(crate) epoch: u64,
    pub(crate) from: Position,
    pub(crate) to: Position,
    pub(crate) budget: std::time::Duration,
}

/// Why a batch was not applied. Nothing of it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// Another process moved the checkpoint first, to here.
    #[error("the checkpoint has moved to {0}")]
    Moved(Position),
    /// An event failed, and the projection stops.
    #[error("event `{name}` at position {position}, version {version} of stream {stream}, failed")]
    Event {
        /// The event's place in the store.
        position: Position,
        /// Its stream.
        stream: crate::StreamId,
        /// Its place in the stream.
        version: crate::Version,
        /// Its stored name.
        name: String,
        /// Why.
        #[source]
        reason: BoxError,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

struct Projector {
    source: Source,
    status: StatusSender,
    /// The checkpoint as stored.
    stored: Position,
    /// Everything up to here is done; later than `stored` where no wanted event lies between.
    done: Position,
    epoch: u64,
}

/// Without events of its own a checkpoint is stored only when it lags this far, to spare the store a write for
/// each foreign event.
const LAG: u64 = 10_000;

pub(super) fn prepare<P>(environment: &Environment) -> Running
where
    P: Projection + TransactionalHandlers<Backend: ProjectionBackend>,
{
    let (status, watched) = StatusSender::new(P::NAME);
    let (source, requests) = Source::new(environment, Some(P::Event::KINDS));
    let projector = Projector { source, status, stored: Position::START, done: Position::START, epoch: 0 };
    Running { status: watched, requests, model: None, task: projector.run::<P>().boxed() }
}

impl Projector {
    async fn run<P>(mut self)
    where
        P: Projection + TransactionalHandlers<Backend: ProjectionBackend>,
    {
        let mut idle = !self.begin::<P>().await;
        loop {
            if !idle {
                idle = self.catch_up::<P>().await;
            }
            match self.source.wait().await {
                Woken::ShutDown => return self.status.is(State::Ended),
                Woken::Look | Woken::Asked(Request::DeadLetters) => {}
                Woken::Asked(Request::Rebuild(answer)) => {
                    let rebuilt = self.rebuild::<P>().await;
                    idle &= rebuilt.is_err();
                    let _ = answer.send(rebuilt);
                }
            }
        }
    }

    /// Finds the checkpoint, creating the tables if need be; says whether there is one.
    async fn begin<P>(&mut self) -> bool
    where
        P: Projection + TransactionalHandlers<Backend: ProjectionBackend>,
    {
        loop {
            let store = Arc::clone(&self.source.environment().store);
            match P::Backend::begin::<P>(&store).await {
                Ok(subscription) => {
                    self.at(&subscription);
                    self.status.reached(self.done);
                    return true;
                }
                Err(error) if error.is_transient() => {
                    warn!(projection = P::NAME, %error, "projection could not begin, trying again");
                    if let Woken::ShutDown = self.source.wait_after_error().await {
                        return false;
                    }
                }
                Err(error) => {
                    self.status.stopped(&error);
                    return false;
                }
            }
        }
    }

    async fn rebuild<P>(&mut self) -> Result<(), StoreError>
    where
        P: Projection + TransactionalHandlers<Backend: ProjectionBackend>,
    {
        let store = Arc::clone(&self.source.environment().store);
        let subscription = P::Backend::rebuild::<P>(&store).await?;
        self.at(&subscription);
        self.status.restart(self.done);
        Ok(())
    }

    fn at(&mut self, subscription: &Subscription) {
        (self.stored, self.done, self.epoch) =
            (subscription.position, subscription.position, subscription.epoch);
    }

    /// Applies everything there is; says whether the projection has stopped for good.
    async fn catch_up<P>(&mut self) -> bool
    where
        P: Projection + TransactionalHandlers<Backend: ProjectionBackend>,
    {
        loop {
            if self.source.environment().is_shutting_down() {
                return false;
            }
            match self.batch::<P>().await {
                Ok(true) => return false,
                Ok(false) => {}
                Err(ApplyError::Moved(position)) => self.moved(position, P::NAME).await,
                Err(
                    error @ (ApplyError::Event { .. }
                    | ApplyError::Store(StoreError::Decode(_) | StoreError::Closed)),
                ) => {
                    self.status.stopped(&error);
                    return true;
                }
                Err(ApplyError::Store(error)) => {
                    warn!(
                        projection = P::NAME,
                        error = crate::error_chain::chain(&error),
                        "projection could not use the store, trying again"
                    );
                    if let Woken::ShutDown = self.source.wait_after_error().await {
                        return false;
                    }
                }
            }
        }
    }

    /// Another process was faster, and may have rebuilt: its checkpoint is the truth.
    async fn moved(&mut self, position: Position, name: &str) {
        let store = &self.source.environment().store;
        let subscription = store.subscription(name).await.ok().flatten();
        self.stored = subscription.as_ref().map_or(position, |subscription| subscription.position);
        self.epoch = subscription.map_or(self.epoch, |subscription| subscription.epoch);
        self.done = self.stored;
        self.status.reached(self.done);
    }

    /// Applies one page; says whether there is no more.
    async fn batch<P>(&mut self) -> Result<bool, ApplyError>
    where
        P: Projection + TransactionalHandlers<Backend: ProjectionBackend>,
    {
        let (events, end) = self.source.page(self.done).await?;
        let reached = end.position.max(self.done);
        if events.is_empty() && reached.get() - self.stored.get() < LAG {
            self.reached::<P>(reached);
            return Ok(end.complete);
        }
        let span = info_span!("project", projection = P::NAME, events = events.len());
        let events = Arc::new(events);
        while self.stored < reached {
            let applied =
                P::Backend::apply::<P>(self.rest(&events, reached)).instrument(span.clone()).await?;
            (self.stored, self.done) = (applied, applied);
            self.reached::<P>(applied);
        }
        counter!("cqrs_events_handled_total", "handler" => P::NAME).increment(events.len() as u64);
        Ok(end.complete)
    }

    fn rest(&self, events: &Arc<Vec<RecordedEvent>>, to: Position) -> Batch {
        let environment = self.source.environment();
        Batch {
            store: Arc::clone(&environment.store),
            services: environment.services.clone(),
            events: Arc::clone(events),
            epoch: self.epoch,
            from: self.stored,
            to,
            budget: environment.settings.write_budget,
        }
    }

    fn reached<P: Projection>(&mut self, position: Position) {
        self.done = position;
        self.status.reached(position);
        let head = *self.source.environment().store.wake_ups().borrow();
        #[expect(clippy::cast_precision_loss, reason = "a lag beyond 2^52 events is not told apart")]
        gauge!("cqrs_projection_lag", "projection" => P::NAME)
            .set(head.get().saturating_sub(position.get()) as f64);
    }
}
