//! The calls that are under way, each a task of its own.
//!
//! Invariant: a call of an `async` handler is ended at its limit; one that may block is given up, and known until its thread has
//! come back. So nobody is called twice at a time with the events of one stream, also not by a later owner in this process.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use metrics::counter;
use tokio::task::{JoinError, JoinHandle};
use tracing::warn;

use crate::{error_chain::chain, event::RecordedEvent, message::StreamId, store::StoreError};

use super::{
    super::{Environment, count_failed, count_handled, parking::event_at},
    desk::{Ended, Failure},
    facts::Facts,
    handle::Unhandled,
    letters::Target,
};

/// The calls of one handler.
pub(super) struct Calls {
    facts: Arc<Facts>,
    environment: Environment,
    limit: Duration,
    running: FuturesUnordered<Call>,
    /// Calls that nobody waits for any more, and that may still run.
    left: FuturesUnordered<BoxFuture<'static, StreamId>>,
    /// Whose they are.
    left_streams: Vec<StreamId>,
}

/// How a call ended.
pub(super) struct Finished {
    pub(super) ended: Result<Ended, StoreError>,
    /// The thread of a call that was given up.
    still_runs: Option<JoinHandle<Result<(), Unhandled>>>,
}

/// What a call came to.
pub(super) enum News {
    /// It has ended; it may be one that was given up, and whose thread still runs.
    Ended(StreamId, Result<Ended, StoreError>, bool),
    /// One that was given up has come back.
    CameBack(StreamId),
}

struct Call {
    stream: Option<StreamId>,
    task: JoinHandle<Finished>,
}

impl Future for Call {
    type Output = (StreamId, Result<Finished, JoinError>);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let finished = std::task::ready!(self.task.poll_unpin(context));
        Poll::Ready((self.stream.take().unwrap_or_else(|| StreamId::new("", "")), finished))
    }
}

impl Calls {
    pub(super) fn new(facts: Arc<Facts>, environment: &Environment, limit: Duration) -> Self {
        let (running, left, left_streams) = Default::default();
        Self { facts, environment: environment.clone(), limit, running, left, left_streams }
    }

    pub(super) fn begin(&mut self, stream: StreamId, target: Target) {
        let (facts, environment) = (Arc::clone(&self.facts), self.environment.clone());
        let task = tokio::spawn(call(facts, environment, target, self.limit));
        self.running.push(Call { stream: Some(stream), task });
    }

    /// What comes next of the calls; for ever nothing if there is none.
    pub(super) async fn news(&mut self) -> News {
        tokio::select! {
            biased;
            Some((stream, finished)) = self.running.next() => self.finished(stream, finished),
            Some(stream) = self.left.next() => {
                self.left_streams.retain(|left| *left != stream);
                News::CameBack(stream)
            }
            else => std::future::pending().await,
        }
    }

    /// What there is to tell without waiting.
    pub(super) fn news_at_once(&mut self) -> Option<News> {
        let (stream, finished) = self.running.next().now_or_never()??;
        Some(self.finished(stream, finished))
    }

    fn finished(&mut self, stream: StreamId, finished: Result<Finished, JoinError>) -> News {
        let finished = finished.unwrap_or_else(|error| Finished {
            ended: Ok(Ended::Failed { error: chain(&error), failure: Failure::Again }),
            still_runs: None,
        });
        let runs = finished.still_runs.is_some();
        if let Some(thread) = finished.still_runs {
            let stream = stream.clone();
            self.left_streams.push(stream.clone());
            self.left.push(thread.map(|_| stream).boxed());
        }
        News::Ended(stream, finished.ended, runs)
    }

    /// The streams for which a call may still run that nobody waits for.
    pub(super) fn left_streams(&self) -> impl Iterator<Item = StreamId> {
        self.left_streams.iter().cloned()
    }

    /// The lease is no longer ours: what can be ended is ended, and nobody waits for the rest.
    pub(super) fn abandon(&mut self) {
        for Call { stream, task } in std::mem::take(&mut self.running) {
            // One that waits for a thread is left: the thread cannot be ended.
            if !self.facts.handle.blocking() {
                task.abort();
            }
            let stream = stream.unwrap_or_else(|| StreamId::new("", ""));
            self.left_streams.push(stream.clone());
            let came_back = async move {
                if let Ok(Finished { still_runs: Some(thread), .. }) = task.await {
                    let _ = thread.await;
                }
                stream
            };
            self.left.push(came_back.boxed());
        }
    }
}

async fn call(facts: Arc<Facts>, environment: Environment, target: Target, limit: Duration) -> Finished {
    let event = match event(&facts, &environment, target).await {
        Ok(Ok(event)) => event,
        Ok(Err(ended)) => return Finished { ended: Ok(ended), still_runs: None },
        Err(error) => return Finished { ended: Err(error), still_runs: None },
    };
    let event = Arc::new(event);
    let (outcome, still_runs) = if facts.handle.blocking() {
        blocking(&facts, &environment, &event, limit).await
    } else {
        let call = facts.handle.call(&event, &environment.services);
        let outcome = tokio::time::timeout(limit, call).await;
        (
            outcome.unwrap_or_else(|_| {
                Err(overrun(format!("the call took longer than {limit:?}, and was ended")))
            }),
            None,
        )
    };
    count_handled(&environment, facts.name(), std::slice::from_ref(&event));
    let ended = match outcome {
        Ok(()) => Ended::Done,
        Err(error) => failed(&facts, &environment, &event, &error),
    };
    Finished { ended: Ok(ended), still_runs }
}

/// A call that may block, on a thread of its own. At its limit it is given up.
async fn blocking(
    facts: &Arc<Facts>,
    environment: &Environment,
    event: &Arc<RecordedEvent>,
    limit: Duration,
) -> (Result<(), Unhandled>, Option<JoinHandle<Result<(), Unhandled>>>) {
    let (facts, services, event) = (Arc::clone(facts), environment.services.clone(), Arc::clone(event));
    let name = facts.name();
    let runtime = tokio::runtime::Handle::current();
    let mut thread =
        tokio::task::spawn_blocking(move || runtime.block_on(facts.handle.call(&event, &services)));
    if let Ok(outcome) = tokio::time::timeout(limit, &mut thread).await {
        return (outcome.unwrap_or_else(|error| Err(Unhandled::Failed(error.into()))), None);
    }
    counter!("cqrs_event_handler_calls_given_up_total", "handler" => name).increment(1);
    let error = format!("the call took longer than {limit:?}, and was given up; it still runs");
    (Err(overrun(error)), Some(thread))
}

/// The event to be handled; or what becomes of it without a call.
async fn event(
    facts: &Facts,
    environment: &Environment,
    target: Target,
) -> Result<Result<RecordedEvent, Ended>, StoreError> {
    let lost = |error: &(dyn std::error::Error + 'static)| Ended::Failed {
        error: chain(error),
        failure: Failure::ForGood,
    };
    match target {
        Target::Item(item) => Ok(item.event.map_err(|error| {
            count_failed(facts.name(), &error.name);
            warn!(handler = facts.name(), %error, "event cannot be read, its stream waits behind it");
            lost(&*error)
        })),
        Target::Letter(position) => Ok(match event_at(&*environment.store, position).await? {
            Ok(event) if facts.lane(&event).is_some() => Ok(event),
            Ok(_) => Err(Ended::Done),
            Err(reason) => Err(lost(&reason)),
        }),
    }
}

fn overrun(error: String) -> Unhandled {
    Unhandled::Failed(error.into())
}

fn failed(facts: &Facts, environment: &Environment, event: &RecordedEvent, unhandled: &Unhandled) -> Ended {
    let error = chain(&**unhandled.error());
    count_failed(facts.name(), &event.envelope.name);
    warn!(handler = facts.name(), position = %event.position, stream = %event.envelope.stream, error, "event handler failed");
    // The end may be the cause: a command it dispatched was refused.
    if environment.is_shutting_down() {
        return Ended::Interrupted;
    }
    let failure = match unhandled {
        Unhandled::Failed(_) => Failure::Again,
        Unhandled::ForGood(_) => Failure::ForGood,
        Unhandled::Away(_) => Failure::Away,
    };
    Ended::Failed { error, failure }
}
