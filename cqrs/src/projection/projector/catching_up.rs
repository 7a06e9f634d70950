//! Applying everything there is.

use std::{ops::ControlFlow, sync::Arc};

use futures_util::future::join;
use metrics::gauge;
use tracing::{Instrument, info_span, warn};

use crate::{
    event::{DecodeError, RecordedEvent},
    message::Position,
    projection::{
        ApplyError, OnFailure,
        batch::{Applied, Batch},
        partition::partition_of,
    },
    store::{DeadLetterState, StoreError},
    subscription::{
        LAG, Woken, count_failed, count_handled, event_of, is_passing, is_placed, letter_of, lost,
        refuse_beyond_head,
    },
};

use super::{
    Pause, Projector,
    pages::{Page, read_ahead},
};

impl Projector {
    /// Applies everything there is.
    pub(super) async fn catch_up(&mut self) -> Pause {
        loop {
            if self.source.environment().is_shutting_down() {
                return Pause::CaughtUp;
            }
            let flow = match self.step().await {
                Ok(complete) => self.applied(complete),
                Err(error) => self.not_applied(error).await,
            };
            if let ControlFlow::Break(pause) = flow {
                return pause;
            }
        }
    }

    async fn step(&mut self) -> Result<bool, ApplyError> {
        self.resume().await?;
        self.batch().await
    }

    fn applied(&mut self, complete: bool) -> ControlFlow<Pause> {
        let state = self.state();
        self.source.works_as(&self.status, state);
        if complete { ControlFlow::Break(Pause::CaughtUp) } else { ControlFlow::Continue(()) }
    }

    /// Goes on as the error allows, or breaks off.
    async fn not_applied(&mut self, error: ApplyError) -> ControlFlow<Pause> {
        let woken = match error {
            ApplyError::Moved(position) => match self.moved(position).await {
                Ok(true) => Woken::Look,
                Ok(false) => return ControlFlow::Break(Pause::Lost),
                Err(error) if is_passing(&error) => self.source.stall(&self.status, &error).await,
                Err(error) => {
                    self.status.stopped(&error);
                    return ControlFlow::Break(Pause::Stopped);
                }
            },
            ApplyError::Gone if self.partition.is_some() => return ControlFlow::Break(Pause::Lost),
            ApplyError::Gone if self.begin().await => Woken::Look,
            ApplyError::Gone => return ControlFlow::Break(Pause::Stopped),
            ApplyError::Store(error) if is_passing(&error) => self.source.stall(&self.status, &error).await,
            // What a former owner does in vain is no failure.
            _ if self.is_lost().await => return ControlFlow::Break(Pause::Lost),
            ApplyError::Store(error) => {
                self.status.refused(&error);
                return ControlFlow::Break(Pause::Stopped);
            }
            error => {
                let on_failure = self.projection.facts().on_failure;
                let settings = self.source.environment().settings;
                let Some(pause) = self.failing.again(self.label, &error, on_failure, &settings) else {
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
    async fn resume(&mut self) -> Result<(), ApplyError> {
        if self.projection.facts().on_failure == OnFailure::Stop {
            return Ok(());
        }
        let environment = self.source.environment();
        loop {
            let letters = environment.store.dead_letters(&self.name).await?;
            let retrying = letters.into_iter().find(|letter| letter.state == DeadLetterState::Retrying);
            let Some(letter) = retrying else { return Ok(()) };
            match event_of(&*environment.store, &letter).await? {
                Ok(event) if !self.source.gives(&event) => {
                    environment.store.remove_dead_letter(&letter.key).await?;
                }
                Ok(event) => {
                    let services = environment.services.clone();
                    self.projection.retry(&environment.store, services, letter, event).await?;
                }
                Err(reason) => environment.store.park(lost(letter, &reason)).await?,
            }
        }
    }

    /// Another process was faster, and may have rebuilt: its checkpoint is the truth. Says whether this one is to go on;
    /// a partition that has another epoch has another owner.
    async fn moved(&mut self, position: Position) -> Result<bool, StoreError> {
        let store = self.store();
        let subscription = store.subscription(&self.name).await?;
        if let Some(found) = &subscription {
            refuse_beyond_head(&*store, &found.name, found.position).await?;
        }
        let epoch = subscription.as_ref().map_or(self.epoch, |subscription| subscription.epoch);
        if self.partition.is_some() && epoch != self.epoch {
            return Ok(false);
        }
        self.stored = subscription.map_or(position, |subscription| subscription.position);
        (self.done, self.epoch) = (self.stored, epoch);
        if !self.building {
            // Backwards, too: who waits for a projection that is rebuilt elsewhere waits for the rebuilding.
            self.status.restart(self.done);
        }
        Ok(true)
    }

    /// Parks the stream of an event that cannot be read, and goes on behind it, if that is what the projection does. To
    /// which partition such an event belongs is not known: one that is divided stops.
    async fn undecodable(&mut self, error: Arc<DecodeError>) -> Result<bool, ApplyError> {
        let parks = self.projection.facts().on_failure == OnFailure::Park && self.partition.is_none();
        if !parks || !is_placed(&error, self.done) {
            return Err(StoreError::Decode(error).into());
        }
        count_failed(self.label, &error.name);
        warn!(projection = self.label, %error, "event cannot be read, its stream is parked");
        let store = self.store();
        let letters = store.dead_letters(&self.name).await?;
        let first = !letters.iter().any(|letter| letter.key.stream == error.stream);
        // Before the checkpoint moves over it: a crash in between parks it once more, which changes nothing.
        store.park(letter_of(&self.name, &error, first)).await?;
        self.apply(&Arc::default(), error.position, false).await?;
        Ok(false)
    }

    /// Applies one page; says whether there is no more.
    async fn batch(&mut self) -> Result<bool, ApplyError> {
        let Page { mut events, end, .. } = match self.pages.next(&mut self.source, self.done).await {
            Err(StoreError::Decode(error)) => return self.undecodable(error).await,
            page => page?,
        };
        events.retain(|event| {
            self.partition.is_none_or(|index| partition_of(self.projection.facts(), event) == index)
        });
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
        let applying = self.apply(&events, reached, end.complete).instrument(span);
        let (applied, ahead) = join(applying, ahead).await;
        self.pages.ahead = ahead;
        let took_over = applied?;
        count_handled(self.source.environment(), self.label, &events);
        // What was built goes on under the name of what was read.
        if took_over { Err(ApplyError::Gone) } else { Ok(end.complete) }
    }

    /// Applies the events up to `reached`; says whether what was built has taken over.
    async fn apply(
        &mut self,
        events: &Arc<Vec<RecordedEvent>>,
        reached: Position,
        complete: bool,
    ) -> Result<bool, ApplyError> {
        loop {
            let to = self.failing.up_to(self.stored, reached);
            let batch = self.rest(events, to, complete && to == reached);
            let Applied { to: applied, took_over } = self.projection.apply(batch).await?;
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
