//! Running a projection in a database: page after page, until the application ends.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, future::join};
use metrics::gauge;
use tracing::{Instrument, info_span, warn};

use crate::{
    error_chain::chain,
    event::{Event, RecordedEvent},
    handler::TransactionalHandlers,
    message::Position,
    store::{DeadLetterState, EventQuery, PageEnd, StoreError, Subscription, read_page},
    subscription::{
        Environment, LAG, Request, Running, Source, State, StatusSender, Woken, count_failed, count_handled,
    },
};

use super::{
    ApplyError, OnFailure, Projection, ProjectionBackend,
    batch::{Batch, GivenUp},
};

/// What a projector needs of its projection.
pub(super) trait InDatabase: Projection + TransactionalHandlers<Backend: ProjectionBackend> {}

impl<P: Projection + TransactionalHandlers<Backend: ProjectionBackend>> InDatabase for P {}

struct Projector {
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
}

/// Events in the order of the log.
struct Page {
    after: Position,
    events: Vec<RecordedEvent>,
    end: PageEnd,
}

pub(super) fn prepare<P: InDatabase>(environment: &Environment) -> Running {
    let (status, watched) = StatusSender::new(P::NAME);
    let (source, requests) = Source::new(environment, Some(P::Event::KINDS));
    let wanted = source.wanted();
    let (stored, done) = (Position::START, Position::START);
    let projector = Projector { source, status, stored, done, epoch: 0, failing: None, ahead: None };
    Running { status: watched, requests, wanted, model: None, task: projector.run::<P>().boxed() }
}

impl Projector {
    async fn run<P: InDatabase>(mut self) {
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

    /// Applies everything there is; says whether the projection has stopped for good.
    async fn catch_up<P: InDatabase>(&mut self) -> bool {
        loop {
            if self.source.environment().is_shutting_down() {
                return false;
            }
            let outcome = match self.resume::<P>().await {
                Ok(()) => self.batch::<P>().await,
                Err(error) => Err(error),
            };
            let woken = match outcome {
                Ok(complete) => {
                    self.source.works(&self.status);
                    if complete {
                        return false;
                    }
                    continue;
                }
                Err(ApplyError::Moved(position)) => {
                    self.moved(position, P::NAME).await;
                    continue;
                }
                Err(ApplyError::Store(error)) if is_passing(&error) => {
                    self.source.stall(&self.status, &error).await
                }
                Err(error) => {
                    let Some(pause) = self.failed::<P>(&error) else {
                        self.status.stopped(&error);
                        return true;
                    };
                    self.source.pause(pause).await
                }
            };
            if let Woken::ShutDown = woken {
                return false;
            }
        }
    }

    /// How long to wait before the failing event is tried again; `None` if the projection is to stop.
    fn failed<P: InDatabase>(&mut self, error: &ApplyError) -> Option<Duration> {
        let settings = self.source.environment().settings;
        let ApplyError::Event { position, name, .. } = error else { return None };
        count_failed(P::NAME, name);
        let before = self.failing.take().filter(|failing| failing.position == *position);
        let attempts = before.map_or(0, |failing| failing.attempts) + 1;
        warn!(projection = P::NAME, attempts, error = chain(error), "event failed");
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
            let letters = environment.store.dead_letters(P::NAME).await?;
            let retrying = letters.into_iter().find(|letter| letter.state == DeadLetterState::Retrying);
            let Some(letter) = retrying else { return Ok(()) };
            let just_before = Position::new(letter.key.position.get().saturating_sub(1));
            let query = EventQuery::all().after(just_before).up_to(letter.key.position);
            let (mut events, _) = read_page(&*environment.store, &query, 1).await?;
            let Some(event) = events.pop() else { return Ok(()) };
            P::Backend::retry::<P>(&environment.store, environment.services.clone(), letter, event).await?;
        }
    }

    /// Another process was faster, and may have rebuilt: its checkpoint is the truth.
    async fn moved(&mut self, position: Position, name: &str) {
        let store = &self.source.environment().store;
        let subscription = store.subscription(name).await.ok().flatten();
        self.stored = subscription.as_ref().map_or(position, |subscription| subscription.position);
        self.epoch = subscription.map_or(self.epoch, |subscription| subscription.epoch);
        self.done = self.stored;
        // Backwards, too: who waits for a projection that is rebuilt elsewhere waits for the rebuilding.
        self.status.restart(self.done);
    }

    /// Applies one page; says whether there is no more.
    async fn batch<P: InDatabase>(&mut self) -> Result<bool, ApplyError> {
        let Page { events, end, .. } = self.page().await?;
        let reached = end.position.max(self.done);
        if events.is_empty() && reached.get() - self.stored.get() < LAG {
            self.reached::<P>(reached);
            return Ok(end.complete);
        }
        let span = info_span!("project", projection = P::NAME, events = events.len());
        let events = Arc::new(events);
        let ahead = self.read_ahead(&end, reached);
        let (applied, ahead) = join(self.apply::<P>(&events, reached).instrument(span), ahead).await;
        self.ahead = ahead;
        applied?;
        count_handled(self.source.environment(), P::NAME, &events);
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
            self.reached::<P>(applied);
            self.failing.take_if(|failing| failing.position <= applied);
        }
        Ok(())
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

    fn reached<P: Projection>(&mut self, position: Position) {
        self.done = position;
        self.status.reached(position);
        let head = *self.source.environment().store.wake_ups().borrow();
        #[expect(clippy::cast_precision_loss, reason = "a lag beyond 2^52 events is not told apart")]
        gauge!("cqrs_projection_lag", "projection" => P::NAME)
            .set(head.get().saturating_sub(position.get()) as f64);
    }
}

/// Whether the store may get over it by itself.
fn is_passing(error: &StoreError) -> bool {
    !matches!(
        error,
        StoreError::Decode(_)
            | StoreError::Closed
            | StoreError::NewerProjection { .. }
            | StoreError::Damaged { .. }
    )
}
