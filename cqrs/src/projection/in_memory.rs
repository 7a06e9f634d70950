//! A projection in memory: rebuilt from the log at every start, then kept up.

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError},
};

use futures_util::FutureExt;
use metrics::gauge;
use tracing::{info_span, warn};

use crate::{
    error_chain::because,
    event::{DecodeError, Event, RecordedEvent},
    handler::{BoxError, EventContext, Fold, FoldError, Lifecycle},
    message::{Position, StreamId},
    store::StoreError,
    subscription::{
        Environment, Request, Running, Source, State, StatusSender, Woken, count_failed, count_handled,
        is_placed,
    },
};

use super::{Model, OnFailure, Projection};

/// One event that could not be applied.
#[derive(Debug, thiserror::Error)]
#[error(
    "projection `{projection}`: event `{name}` at position {position}, version {version} of stream {stream}, failed{}",
    because(&**.reason)
)]
struct Failed {
    projection: &'static str,
    position: Position,
    stream: StreamId,
    version: crate::Version,
    name: String,
    #[source]
    reason: BoxError,
}

struct Projector<P> {
    source: Source,
    status: StatusSender,
    model: Model<P>,
    position: Position,
    /// Streams with an event that failed, for a projection that parks them.
    parked: HashSet<StreamId>,
}

/// A runner and its model.
pub(super) fn prepare<P: Projection + Fold + Default>(environment: &Environment) -> Running {
    let (status, watched) = StatusSender::new(P::NAME);
    let (source, requests) = Source::new(environment, Some(P::Event::KINDS), P::HANDLERS);
    let wanted = source.wanted();
    let model = Model::<P>::default();
    let projector =
        Projector { source, status, model: model.clone(), position: Position::START, parked: HashSet::new() };
    Running {
        status: watched,
        parts: Vec::new(),
        requests,
        wanted,
        model: Some(Arc::new(model)),
        task: projector.run().boxed(),
    }
}

impl<P: Projection + Fold + Default> Projector<P> {
    async fn run(mut self) {
        let mut stopped = false;
        loop {
            if !stopped {
                stopped = self.catch_up().await;
            }
            match self.source.wait().await {
                Woken::ShutDown => return self.status.is(State::Ended),
                Woken::Look | Woken::Asked(Request::DeadLetters) => {}
                Woken::Asked(Request::Rebuild(answer)) => {
                    self.start_over();
                    stopped = false;
                    let _ = answer.send(Ok(()));
                }
            }
        }
    }

    fn start_over(&mut self) {
        *self.model.0.write().unwrap_or_else(PoisonError::into_inner) = Lifecycle::Live(P::default());
        self.position = Position::START;
        self.parked.clear();
        self.status.restart(Position::START);
    }

    /// Applies everything there is; says whether the projection has stopped for good.
    async fn catch_up(&mut self) -> bool {
        loop {
            match self.batch().await {
                Ok(Step::More) => self.source.works(&self.status),
                Ok(Step::CaughtUp) => {
                    self.source.works(&self.status);
                    return false;
                }
                Ok(Step::Failed(failed)) => {
                    self.status.stopped(&failed);
                    return true;
                }
                Err(error) if matches!(error, StoreError::Decode(_) | StoreError::Closed) => {
                    self.status.stopped(&error);
                    return true;
                }
                Err(error) => {
                    if let Woken::ShutDown = self.source.stall(&self.status, &error).await {
                        return false;
                    }
                }
            }
        }
    }

    async fn batch(&mut self) -> Result<Step, StoreError> {
        let (events, end) = match self.source.page(self.position).await {
            Err(StoreError::Decode(error)) if self.passes(&error) => return Ok(Step::More),
            page => page?,
        };
        let span = info_span!("project", projection = P::NAME, events = events.len());
        let decoded: Vec<_> = events.iter().map(RecordedEvent::decode::<P::Event>).collect();
        let applied = span.in_scope(|| self.apply(&events, decoded));
        count_handled(self.source.environment(), P::NAME, &events);
        if let Err(failed) = applied {
            return Ok(Step::Failed(failed));
        }
        self.position = end.position.max(self.position);
        self.status.reached(self.position);
        if !end.complete {
            return Ok(Step::More);
        }
        gauge!("cqrs_projection_lag", "projection" => P::NAME).set(0.0);
        Ok(Step::CaughtUp)
    }

    /// Parks the stream of an event that cannot be read, and goes on behind it, if that is what the projection does.
    fn passes(&mut self, error: &DecodeError) -> bool {
        if P::ON_FAILURE == OnFailure::Stop || !is_placed(error, self.position) {
            return false;
        }
        warn!(projection = P::NAME, %error, "event cannot be read, its stream is parked");
        self.parked.insert(error.stream.clone());
        self.position = error.position;
        self.status.reached(self.position);
        true
    }

    /// The model is locked for a batch, so that readers see whole batches; decoding was done before.
    fn apply(
        &mut self,
        events: &[RecordedEvent],
        decoded: Vec<Result<P::Event, DecodeError>>,
    ) -> Result<(), Failed> {
        let mut model = self.model.0.write().unwrap_or_else(PoisonError::into_inner);
        for (event, decoded) in events.iter().zip(decoded) {
            if self.parked.contains(&event.envelope.stream) {
                continue;
            }
            let outcome = decoded.map_err(BoxError::from).and_then(|decoded| {
                apply_one(&mut model, &decoded, event, &self.source.environment().services)
            });
            let Err(reason) = outcome else { continue };
            count_failed(P::NAME, &event.envelope.name);
            let failed = Failed::new::<P>(event, reason);
            if P::ON_FAILURE == OnFailure::Stop {
                self.position = Position::new(event.position.get() - 1);
                self.status.reached(self.position);
                return Err(failed);
            }
            warn!(
                projection = P::NAME,
                error = crate::error_chain::chain(&failed),
                "event failed, its stream is parked"
            );
            self.parked.insert(event.envelope.stream.clone());
        }
        Ok(())
    }
}

enum Step {
    More,
    CaughtUp,
    Failed(Failed),
}

fn apply_one<P: Fold + Default>(
    model: &mut Lifecycle<P>,
    decoded: &P::Event,
    event: &RecordedEvent,
    services: &crate::services::Services,
) -> Result<(), BoxError> {
    let context = EventContext::recorded(event).with_services(services);
    // What a panic leaves half changed is the model of a projection that stops, or a stream that is parked.
    let folded = catch_unwind(AssertUnwindSafe(|| P::fold(model, decoded, &context)));
    if model.live().is_none() {
        *model = Lifecycle::Live(P::default());
        return Err("the handler ended the read model, or panicked while it had it by value".into());
    }
    match folded {
        Ok(Ok(())) => Ok(()),
        Ok(Err(FoldError::Handler(error))) => Err(error),
        Ok(Err(error)) => Err(error.into()),
        Err(panic) => Err(crate::panics::failure(&*panic)),
    }
}

impl Failed {
    fn new<P: Projection>(event: &RecordedEvent, reason: BoxError) -> Self {
        Self {
            projection: P::NAME,
            position: event.position,
            stream: event.envelope.stream.clone(),
            version: event.envelope.version,
            name: event.envelope.name.to_string(),
            reason,
        }
    }
}
