//! Running a projection in a database, or a partition of one: page after page, until the application ends, or somebody
//! else owns the partition.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{FutureExt, future::join};
use metrics::gauge;
use tokio::sync::mpsc::UnboundedSender;
use tracing::{Instrument, debug, info_span, warn};

use crate::{
    error_chain::chain,
    event::{Event, RecordedEvent},
    handler::TransactionalHandlers,
    message::Position,
    store::{DeadLetterState, EventQuery, Lease, PageEnd, StoreError, Subscription, read_page},
    subscription::{
        Environment, LAG, Request, Running, Source, State, StatusSender, Woken, count_failed, count_handled,
    },
};

use super::{
    ApplyError, OnFailure, Projection, ProjectionBackend,
    batch::{Batch, GivenUp, Part},
};

/// What a projector needs of its projection.
pub(super) trait InDatabase: Projection + TransactionalHandlers<Backend: ProjectionBackend> {}

impl<P: Projection + TransactionalHandlers<Backend: ProjectionBackend>> InDatabase for P {}

pub(super) struct Projector {
    part: Part,
    source: Source,
    status: StatusSender,
    /// The checkpoint as stored.
    stored: Position,
    /// Everything up to here is done; later than `stored` where no wanted event lies between.
    done: Position,
    epoch: u64,
    /// The event that failed last, and how often.
    failing: Option<GivenUp>,
    /// What was read while the page before was being applied. It is good for as long as it follows what is done: the
    /// log behind it never changes.
    ahead: Option<Page>,
    /// When the checkpoint was last stored for the sake of those who wait for it elsewhere.
    shown: Instant,
}

/// Why a projection pauses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pause {
    /// There is no more to apply, or the application shuts down.
    CaughtUp,
    /// It has stopped for good.
    Stopped,
    /// It is a partition that somebody else owns now.
    Lost,
}

/// How old the stored checkpoint of a partition gets while others may wait for it.
const SHOW_EVERY: Duration = Duration::from_millis(100);

/// Events in the order of the log.
struct Page {
    after: Position,
    events: Vec<RecordedEvent>,
    end: PageEnd,
}

pub(super) fn prepare<P: InDatabase>(environment: &Environment) -> Running {
    let (status, watched) = StatusSender::new(P::NAME);
    let (projector, requests) = Projector::new::<P>(environment, Part::whole::<P>(), status);
    let wanted = projector.source.wanted();
    let task = projector.run::<P>().boxed();
    Running { status: watched, parts: Vec::new(), requests, wanted, model: None, task }
}

impl Projector {
    pub(super) fn new<P: InDatabase>(
        environment: &Environment,
        part: Part,
        status: StatusSender,
    ) -> (Self, UnboundedSender<Request>) {
        let (source, requests) = Source::new(environment, Some(P::Event::KINDS));
        let (stored, done) = (Position::START, Position::START);
        let shown = Instant::now();
        (Self { part, source, status, stored, done, epoch: 0, failing: None, ahead: None, shown }, requests)
    }

    /// Works on a partition until its application, or whoever shares out the partitions, says to stop, or until it is
    /// lost.
    pub(super) async fn own<P: InDatabase>(mut self, lease: Lease, position: Position) {
        (self.stored, self.done, self.epoch) = (position, position, lease.epoch);
        self.status.restart(position);
        let mut pause = self.catch_up::<P>().await;
        while pause != Pause::Lost {
            match self.source.wait().await {
                Woken::ShutDown => break,
                Woken::Look | Woken::Asked(_) if pause == Pause::Stopped => {}
                Woken::Look | Woken::Asked(_) => pause = self.catch_up::<P>().await,
            }
        }
        // What was lost is shown by its new owner.
        if pause != Pause::Lost && self.done > self.stored {
            let shown = self.show().await;
            debug!(partition = self.part.name, shown = shown.is_ok(), "partition given back");
        }
    }

    async fn run<P: InDatabase>(mut self) {
        let mut idle = !self.begin::<P>().await;
        loop {
            if !idle {
                idle = self.catch_up::<P>().await == Pause::Stopped;
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
    async fn begin<P: InDatabase>(&mut self) -> bool {
        loop {
            let store = Arc::clone(&self.source.environment().store);
            match P::Backend::begin::<P>(&store).await {
                Ok(subscription) => {
                    self.at(&subscription);
                    self.status.reached(self.done);
                    return true;
                }
                Err(error) if is_passing(&error) => {
                    if let Woken::ShutDown = self.source.stall(&self.status, &error).await {
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

    async fn rebuild<P: InDatabase>(&mut self) -> Result<(), StoreError> {
        let store = Arc::clone(&self.source.environment().store);
        let subscription = P::Backend::rebuild::<P>(&store).await?;
        self.at(&subscription);
        self.status.restart(self.done);
        Ok(())
    }

    fn at(&mut self, subscription: &Subscription) {
        (self.stored, self.done, self.epoch) =
            (subscription.position, subscription.position, subscription.epoch);
        // A rebuilt projection meets each event for the first time.
        self.failing = None;
    }

    /// Applies everything there is.
    async fn catch_up<P: InDatabase>(&mut self) -> Pause {
        loop {
            if self.source.environment().is_shutting_down() {
                return Pause::CaughtUp;
            }
            let outcome = match self.resume::<P>().await {
                Ok(()) => self.batch::<P>().await,
                Err(error) => Err(error),
            };
            let woken = match outcome {
                Ok(complete) => {
                    self.source.works(&self.status);
                    if complete {
                        return Pause::CaughtUp;
                    }
                    continue;
                }
                Err(ApplyError::Moved(position)) => {
                    if !self.moved(position).await {
                        return Pause::Lost;
                    }
                    continue;
                }
                Err(ApplyError::Store(error)) if is_passing(&error) => {
                    self.source.stall(&self.status, &error).await
                }
                // What a former owner does in vain is no failure.
                Err(_) if self.is_lost().await => return Pause::Lost,
                Err(error) => {
                    let Some(pause) = self.failed::<P>(&error) else {
                        self.status.stopped(&error);
                        return Pause::Stopped;
                    };
                    self.source.pause(pause).await
                }
            };
            if let Woken::ShutDown = woken {
                return Pause::CaughtUp;
            }
        }
    }

    /// How long to wait before the failing event is tried again; `None` if the projection is to stop.
    fn failed<P: InDatabase>(&mut self, error: &ApplyError) -> Option<Duration> {
        let settings = self.source.environment().settings;
        let ApplyError::Event { position, name, .. } = error else { return None };
        count_failed(self.part.name, name);
        let before = self.failing.take().filter(|failing| failing.position == *position);
        let attempts = before.map_or(0, |failing| failing.attempts) + 1;
        warn!(projection = self.part.name, attempts, error = chain(error), "event failed");
        self.failing = Some(GivenUp { position: *position, attempts, error: chain(error) });
        match P::ON_FAILURE {
            _ if attempts < settings.attempts => Some(settings.delay_after(attempts)),
            OnFailure::Stop => None,
            OnFailure::Park => Some(Duration::ZERO),
        }
    }

    /// Handles again the dead letters somebody asked for.
    async fn resume<P: InDatabase>(&mut self) -> Result<(), ApplyError> {
        if P::ON_FAILURE == OnFailure::Stop {
            return Ok(());
        }
        let environment = self.source.environment();
        loop {
            let letters = environment.store.dead_letters(self.part.name).await?;
            let retrying = letters.into_iter().find(|letter| letter.state == DeadLetterState::Retrying);
            let Some(letter) = retrying else { return Ok(()) };
            let just_before = Position::new(letter.key.position.get().saturating_sub(1));
            let query = EventQuery::all().after(just_before).up_to(letter.key.position);
            let (mut events, _) = read_page(&*environment.store, &query, 1).await?;
            let Some(event) = events.pop() else { return Ok(()) };
            P::Backend::retry::<P>(&environment.store, environment.services.clone(), letter, event).await?;
        }
    }

    /// Another process was faster, and may have rebuilt: its checkpoint is the truth. Says whether this one is to go on.
    async fn moved(&mut self, position: Position) -> bool {
        let store = &self.source.environment().store;
        let subscription = store.subscription(self.part.name).await.ok().flatten();
        let epoch = subscription.as_ref().map_or(self.epoch, |subscription| subscription.epoch);
        if self.part.partition.is_some() && epoch != self.epoch {
            return false;
        }
        self.stored = subscription.map_or(position, |subscription| subscription.position);
        (self.done, self.epoch) = (self.stored, epoch);
        // Backwards, too: who waits for a projection that is rebuilt elsewhere waits for the rebuilding.
        self.status.restart(self.done);
        true
    }

    /// Whether this is a partition that somebody else owns now.
    async fn is_lost(&self) -> bool {
        if self.part.partition.is_none() {
            return false;
        }
        let found = self.source.environment().store.subscription(self.part.name).await;
        found.is_ok_and(|found| found.is_none_or(|found| found.epoch != self.epoch))
    }

    /// Stores how far a partition has come, for those who wait for it in other processes.
    async fn show(&mut self) -> Result<(), ApplyError> {
        self.shown = Instant::now();
        let store = &self.source.environment().store;
        if !store.advance(self.part.name, self.epoch, self.stored, self.done).await? {
            return Err(ApplyError::Moved(self.stored));
        }
        self.stored = self.done;
        Ok(())
    }

    /// Applies one page; says whether there is no more.
    async fn batch<P: InDatabase>(&mut self) -> Result<bool, ApplyError> {
        let Page { mut events, end, .. } = self.page().await?;
        events.retain(|event| self.part.takes::<P>(event));
        let reached = end.position.max(self.done);
        if events.is_empty() && reached.get() - self.stored.get() < LAG {
            self.reached(reached);
            let is_shared = self.part.partition.is_some();
            if is_shared && self.done > self.stored && self.shown.elapsed() >= SHOW_EVERY {
                self.show().await?;
            }
            return Ok(end.complete);
        }
        let span = info_span!("project", projection = self.part.name, events = events.len());
        let events = Arc::new(events);
        let ahead = self.read_ahead(&end, reached);
        let (applied, ahead) = join(self.apply::<P>(&events, reached).instrument(span), ahead).await;
        self.ahead = ahead;
        applied?;
        count_handled(self.source.environment(), self.part.name, &events);
        Ok(end.complete)
    }

    /// The next page: read already, or read now.
    async fn page(&mut self) -> Result<Page, StoreError> {
        let after = self.done;
        match self.ahead.take().filter(|page| page.after == after) {
            Some(page) => Ok(page),
            None => self.source.page(after).await.map(|(events, end)| Page { after, events, end }),
        }
    }

    /// Reads the page after this one, if there is one. An error is for the read in its turn to meet again.
    fn read_ahead(
        &self,
        end: &PageEnd,
        after: Position,
    ) -> impl Future<Output = Option<Page>> + Send + use<> {
        let reading = (!end.complete).then(|| self.source.read_after(after));
        async move {
            let (events, end) = reading?.await.ok()?;
            Some(Page { after, events, end })
        }
    }

    async fn apply<P: InDatabase>(
        &mut self,
        events: &Arc<Vec<RecordedEvent>>,
        reached: Position,
    ) -> Result<(), ApplyError> {
        while self.stored < reached {
            let reached = self.up_to_failing(reached);
            let applied = P::Backend::apply::<P>(self.rest(events, reached)).await?;
            (self.stored, self.done) = (applied, applied);
            self.reached(applied);
            self.failing.take_if(|failing| failing.position <= applied);
        }
        Ok(())
    }

    fn rest(&self, events: &Arc<Vec<RecordedEvent>>, to: Position) -> Batch {
        let environment = self.source.environment();
        Batch {
            part: self.part,
            store: Arc::clone(&environment.store),
            services: environment.services.clone(),
            events: Arc::clone(events),
            epoch: self.epoch,
            from: self.stored,
            to,
            budget: environment.settings.write_budget,
            given_up: self.given_up(environment.settings.attempts),
        }
    }

    /// While an event fails, those before it are applied by themselves, and then it alone: only it is tried again, and
    /// what it leaves behind is not taken for the failure of another.
    fn up_to_failing(&self, reached: Position) -> Position {
        let next = self.stored.next();
        match &self.failing {
            Some(failing) if failing.position > next => {
                reached.min(Position::new(failing.position.get() - 1))
            }
            Some(failing) if failing.position == next => next,
            _ => reached,
        }
    }

    /// The failing event, once it has been tried often enough.
    fn given_up(&self, attempts: u32) -> Option<GivenUp> {
        self.failing.clone().filter(|failing| failing.attempts >= attempts)
    }

    fn reached(&mut self, position: Position) {
        self.done = position;
        self.status.reached(position);
        let head = *self.source.environment().store.wake_ups().borrow();
        #[expect(clippy::cast_precision_loss, reason = "a lag beyond 2^52 events is not told apart")]
        gauge!("cqrs_projection_lag", "projection" => self.part.name)
            .set(head.get().saturating_sub(position.get()) as f64);
    }
}

/// Whether the store may get over it by itself.
pub(super) fn is_passing(error: &StoreError) -> bool {
    !matches!(
        error,
        StoreError::Decode(_)
            | StoreError::Closed
            | StoreError::NewerProjection { .. }
            | StoreError::OtherPartitions { .. }
            | StoreError::Damaged { .. }
    )
}
