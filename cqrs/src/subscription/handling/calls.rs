//! The calls that are under way, each a task of its own.
//!
//! Invariant: a call of an `async` handler is ended at its limit; one that may block is given up, and known until its thread has
//! come back. So nobody is called twice at a time with the events of one stream, also not by a later owner in this process.

use std::{
    collections::{HashMap, VecDeque},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, future::OptionFuture, stream::FuturesUnordered};
use metrics::counter;
use tokio::{
    runtime::Handle,
    task::{AbortHandle, JoinError, JoinHandle, spawn_blocking},
    time::{Instant, sleep_until},
};
use tracing::warn;

use crate::{error_chain::chain, event::RecordedEvent, message::StreamId, store::StoreError};

use super::{
    super::{Environment, count_failed, count_handled, parking::event_at},
    desk::{Ended, Failure},
    facts::Facts,
    handle::Unhandled,
    letters::Target,
    stream::Item,
};

/// The calls of one handler.
pub(super) struct Calls {
    facts: Arc<Facts>,
    environment: Environment,
    limit: Duration,
    running: FuturesUnordered<Call>,
    /// The calls that somebody waits for.
    awaited: HashMap<u64, (StreamId, AbortHandle)>,
    /// When which of them reaches its limit, which is the same for all.
    deadlines: VecDeque<(Instant, u64)>,
    /// Calls that nobody waits for any more, and that may still run.
    left: HashMap<u64, StreamId>,
    begun: u64,
}

/// How a call ended: a failure of the store is none of the handler.
type Finished = Result<Ended, StoreError>;

/// What a call came to.
pub(super) enum News {
    /// It has ended; it may be one that was given up, and still runs.
    Ended(StreamId, Finished, bool),
    /// One that was given up has come back.
    CameBack(StreamId),
}

struct Call {
    number: u64,
    task: JoinHandle<Finished>,
}

impl Future for Call {
    type Output = (u64, Result<Finished, JoinError>);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let finished = std::task::ready!(self.task.poll_unpin(context));
        Poll::Ready((self.number, finished))
    }
}

impl Calls {
    pub(super) fn new(facts: Arc<Facts>, environment: &Environment, limit: Duration) -> Self {
        Self {
            facts,
            environment: environment.clone(),
            limit,
            running: FuturesUnordered::new(),
            awaited: HashMap::new(),
            deadlines: VecDeque::new(),
            left: HashMap::new(),
            begun: 0,
        }
    }

    pub(super) fn begin(&mut self, stream: StreamId, target: Target) {
        let (facts, environment) = (Arc::clone(&self.facts), self.environment.clone());
        let task = match target {
            // Its event is at hand, so that it needs no task but its thread.
            Target::Item(item) if self.facts.handle.blocking() => on_a_thread(facts, environment, *item),
            target => tokio::spawn(handle(facts, environment, target)),
        };
        self.begun += 1;
        let number = self.begun;
        self.awaited.insert(number, (stream, task.abort_handle()));
        self.deadlines.push_back((Instant::now() + self.limit, number));
        self.running.push(Call { number, task });
    }

    /// What comes next of the calls; for ever nothing if there is none.
    pub(super) async fn news(&mut self) -> News {
        loop {
            while self.deadlines.front().is_some_and(|(_, number)| !self.awaited.contains_key(number)) {
                self.deadlines.pop_front();
            }
            let deadline = self.deadlines.front().map(|(deadline, _)| sleep_until(*deadline));
            let news = tokio::select! {
                biased;
                Some((number, finished)) = self.running.next() => self.finished(number, finished),
                Some(()) = OptionFuture::from(deadline) => self.overdue(),
                else => std::future::pending().await,
            };
            if let Some(news) = news {
                return news;
            }
        }
    }

    /// What there is to tell without waiting.
    pub(super) fn news_at_once(&mut self) -> Option<News> {
        let (number, finished) = self.running.next().now_or_never()??;
        self.finished(number, finished)
    }

    fn finished(&mut self, number: u64, finished: Result<Finished, JoinError>) -> Option<News> {
        let Some((stream, _)) = self.awaited.remove(&number) else {
            return self.left.remove(&number).map(News::CameBack);
        };
        Some(News::Ended(stream, finished.unwrap_or_else(|error| Ok(panicked(&error))), false))
    }

    /// The oldest call has reached its limit.
    fn overdue(&mut self) -> Option<News> {
        let (_, number) = self.deadlines.pop_front()?;
        let (stream, task) = self.awaited.remove(&number)?;
        self.left.insert(number, stream.clone());
        let (name, limit) = (self.facts.name(), self.limit);
        let what = if self.facts.handle.blocking() {
            counter!("cqrs_event_handler_calls_given_up_total", "handler" => name).increment(1);
            "given up; it still runs"
        } else {
            task.abort();
            "ended"
        };
        let error = format!("the call took longer than {limit:?}, and was {what}");
        warn!(handler = name, %stream, error, "event handler failed");
        let ended = if self.environment.is_shutting_down() {
            Ended::Interrupted
        } else {
            Ended::Failed { error, failure: Failure::Again }
        };
        Some(News::Ended(stream, Ok(ended), true))
    }

    /// The streams for which a call may still run that nobody waits for.
    pub(super) fn left_streams(&self) -> impl Iterator<Item = StreamId> {
        self.left.values().cloned()
    }

    /// The lease is no longer ours: what can be ended is ended, and nobody waits for the rest.
    pub(super) fn abandon(&mut self) {
        for (number, (stream, task)) in self.awaited.drain() {
            // The thread of a call that may block cannot be ended, so it is waited for.
            if !self.facts.handle.blocking() {
                task.abort();
            }
            self.left.insert(number, stream);
        }
    }
}

async fn handle(facts: Arc<Facts>, environment: Environment, target: Target) -> Finished {
    let item = match target {
        Target::Item(item) => *item,
        Target::Letter(position) => match event_at(&*environment.store, position).await? {
            Err(reason) => return Ok(lost(&reason)),
            Ok(event) => match facts.lane(&event) {
                Some(lane) => Item { lane, event: Ok(event) },
                None => return Ok(Ended::Done),
            },
        },
    };
    if !facts.handle.blocking() {
        return handle_item(&facts, &environment, item).await;
    }
    on_a_thread(facts, environment, item).await.unwrap_or_else(|error| Ok(panicked(&error)))
}

/// Handles an event where it may block.
fn on_a_thread(facts: Arc<Facts>, environment: Environment, item: Item) -> JoinHandle<Finished> {
    let runtime = Handle::current();
    spawn_blocking(move || runtime.block_on(handle_item(&facts, &environment, item)))
}

async fn handle_item(facts: &Facts, environment: &Environment, item: Item) -> Finished {
    let event = match item.event {
        Ok(event) => event,
        Err(error) => {
            count_failed(facts.name(), &error.name);
            warn!(handler = facts.name(), %error, "event cannot be read, its stream waits behind it");
            return Ok(lost(&*error));
        }
    };
    let outcome = facts.handle.call(&event, &environment.services).await;
    count_handled(environment, facts.name(), std::slice::from_ref(&event));
    Ok(match outcome {
        Ok(()) => Ended::Done,
        Err(unhandled) => failed(facts, environment, &event, &unhandled),
    })
}

fn lost(error: &(dyn std::error::Error + 'static)) -> Ended {
    Ended::Failed { error: chain(error), failure: Failure::ForGood }
}

/// Outside the handler, whose panics are failures like any other.
fn panicked(error: &JoinError) -> Ended {
    Ended::Failed { error: chain(error), failure: Failure::Again }
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
