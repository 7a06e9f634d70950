//! Applying everything there is.

use std::{ops::ControlFlow, sync::Arc};

use futures_util::future::join;
use metrics::gauge;
use tracing::{Instrument, info_span};

use crate::{
    event::RecordedEvent,
    message::Position,
    projection::{
        ApplyError, OnFailure, ProjectionBackend,
        batch::{Applied, Batch},
        partitioned::partition_of,
    },
    store::{DeadLetterState, EventQuery, read_page},
    subscription::{LAG, Woken, count_handled},
};

use super::{
    InDatabase, Pause, Projector, is_passing,
    pages::{Page, read_ahead},
};

impl Projector {
    /// Applies everything there is.
    pub(super) async fn catch_up<P: InDatabase>(&mut self) -> Pause {
        loop {
            if self.source.environment().is_shutting_down() {
                return Pause::CaughtUp;
            }
            let flow = match self.step::<P>().await {
                Ok(complete) => self.applied(complete),
                Err(error) => self.not_applied::<P>(error).await,
            };
            if let ControlFlow::Break(pause) = flow {
                return pause;
            }
        }
    }

    async fn step<P: InDatabase>(&mut self) -> Result<bool, ApplyError> {
        self.resume::<P>().await?;
        self.batch::<P>().await
    }

    fn applied(&mut self, complete: bool) -> ControlFlow<Pause> {
        let state = self.state();
        self.source.works_as(&self.status, state);
        if complete { ControlFlow::Break(Pause::CaughtUp) } else { ControlFlow::Continue(()) }
    }

    /// Goes on as the error allows, or breaks off.
    async fn not_applied<P: InDatabase>(&mut self, error: ApplyError) -> ControlFlow<Pause> {
        let woken = match error {
            ApplyError::Moved(position) if self.moved(position).await => Woken::Look,
            ApplyError::Moved(_) => return ControlFlow::Break(Pause::Lost),
            ApplyError::Gone if self.partition.is_some() => return ControlFlow::Break(Pause::Lost),
            ApplyError::Gone if self.begin::<P>().await => Woken::Look,
            ApplyError::Gone => return ControlFlow::Break(Pause::Stopped),
            ApplyError::Store(error) if is_passing(&error) => self.source.stall(&self.status, &error).await,
            // What a former owner does in vain is no failure.
            _ if self.is_lost().await => return ControlFlow::Break(Pause::Lost),
            error => {
                let settings = self.source.environment().settings;
                let Some(pause) = self.failing.again::<P>(self.label, &error, &settings) else {
                    self.status.stopped(&error);
                    return ControlFlow::Break(Pause::Stopped);
                };
                self.source.pause(pause).await
            }
        };
        match woken {
            Woken::ShutDown => ControlFlow::Break(Pause::CaughtUp),
            Woken::Look | Woken::Asked(_) => ControlFlow::Continue(()),
        }
    }

    /// Handles again the dead letters somebody asked for.
    async fn resume<P: InDatabase>(&mut self) -> Result<(), ApplyError> {
        if P::ON_FAILURE == OnFailure::Stop {
            return Ok(());
        }
        let environment = self.source.environment();
        loop {
            let letters = environment.store.dead_letters(&self.name).await?;
            let retrying = letters.into_iter().find(|letter| letter.state == DeadLetterState::Retrying);
            let Some(letter) = retrying else { return Ok(()) };
            let just_before = Position::new(letter.key.position.get().saturating_sub(1));
            let query = EventQuery::all().after(just_before).up_to(letter.key.position);
            let (mut events, _) = read_page(&*environment.store, &query, 1).await?;
            let Some(event) = events.pop() else { return Ok(()) };
            P::Backend::retry::<P>(&environment.store, environment.services.clone(), letter, event).await?;
        }
    }

    /// Another process was faster, and may have rebuilt: its checkpoint is the truth. Says whether this one is to go on;
    /// a partition that has another epoch has another owner.
    async fn moved(&mut self, position: Position) -> bool {
        let subscription = self.store().subscription(&self.name).await.ok().flatten();
        let epoch = subscription.as_ref().map_or(self.epoch, |subscription| subscription.epoch);
        if self.partition.is_some() && epoch != self.epoch {
            return false;
        }
        self.stored = subscription.map_or(position, |subscription| subscription.position);
        (self.done, self.epoch) = (self.stored, epoch);
        if !self.building {
            // Backwards, too: who waits for a projection that is rebuilt elsewhere waits for the rebuilding.
            self.status.restart(self.done);
        }
        true
    }

    /// Applies one page; says whether there is no more.
    async fn batch<P: InDatabase>(&mut self) -> Result<bool, ApplyError> {
        let Page { mut events, end, .. } = self.pages.next(&mut self.source, self.done).await?;
        events.retain(|event| self.partition.is_none_or(|index| partition_of::<P>(event) == index));
        let reached = end.position.max(self.done);
        let may_take_over = self.building && end.complete;
        if events.is_empty() && !may_take_over && reached.get() - self.stored.get() < LAG {
            self.reached(reached);
            self.tell_in_time().await?;
            return Ok(end.complete);
        }
        let span = info_span!("project", projection = self.label, events = events.len());
        let events = Arc::new(events);
        let ahead = read_ahead(&self.source, &end, reached);
        let applying = self.apply::<P>(&events, reached, end.complete).instrument(span);
        let (applied, ahead) = join(applying, ahead).await;
        self.pages.ahead = ahead;
        let took_over = applied?;
        count_handled(self.source.environment(), self.label, &events);
        // What was built goes on under the name of what was read.
        if took_over { Err(ApplyError::Gone) } else { Ok(end.complete) }
    }

    /// Applies the events up to `reached`; says whether what was built has taken over.
    async fn apply<P: InDatabase>(
        &mut self,
        events: &Arc<Vec<RecordedEvent>>,
        reached: Position,
        complete: bool,
    ) -> Result<bool, ApplyError> {
        loop {
            let to = self.failing.up_to(self.stored, reached);
            let batch = self.rest(events, to, complete && to == reached);
            let Applied { to: applied, took_over } = P::Backend::apply::<P>(batch).await?;
            if took_over {
                return Ok(true);
            }
            self.stored = applied;
            self.reached(applied);
            self.failing.passed(applied);
            if self.stored >= reached {
                return Ok(false);
            }
        }
    }

    fn rest(&self, events: &Arc<Vec<RecordedEvent>>, to: Position, complete: bool) -> Batch {
        let environment = self.source.environment();
        Batch {
            store: self.store(),
            services: environment.services.clone(),
            name: Arc::clone(&self.name),
            partition: self.partition.is_some(),
            events: Arc::clone(events),
            epoch: self.epoch,
            from: self.stored,
            to,
            complete,
            limit: environment.settings.batch,
            budget: environment.settings.write_budget,
            given_up: self.failing.given_up(environment.settings.attempts),
        }
    }

    fn reached(&mut self, position: Position) {
        self.done = position;
        self.show();
        let head = *self.source.environment().store.wake_ups().borrow();
        #[expect(clippy::cast_precision_loss, reason = "a lag beyond 2^52 events is not told apart")]
        gauge!("cqrs_projection_lag", "projection" => self.label)
            .set(head.get().saturating_sub(position.get()) as f64);
    }
}
