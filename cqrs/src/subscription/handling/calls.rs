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

use crate::{error_chain::chain, event::RecordedEvent, message::StreamId};

use super::{
    super::{Environment, count_failed, count_handled},
    desk::{Ended, Failure},
    facts::Facts,
    handle::Unhandled,
    letters::Target,
    slot::{Come, Slot},
    stream::Item,
};

/// How many events a slot holds at most, where calls that may block are so short that a thread for each would be waste.
const LONGEST_SLOT: usize = 64;

/// No further call of a slot begins after so long.
const SLICE: Duration = Duration::from_millis(2);

/// The calls of one handler.
pub(super) struct Calls {
    facts: Arc<Facts>,
    environment: Environment,
    limit: Duration,
    running: FuturesUnordered<Call>,
    /// The slots that somebody waits for.
    awaited: HashMap<u64, (Arc<Slot>, AbortHandle)>,
    /// When which of them reaches its limit, which is the same for all.
    deadlines: VecDeque<(Instant, u64)>,
    /// Calls that nobody waits for any more, and that may still run.
    left: HashMap<u64, StreamId>,
    begun: u64,
    slot: usize,
}

/// What a slot came to.
pub(super) enum News {
    /// Its calls have ended; the one of a stream may have been given up, and still run.
    Ended(Come, Option<StreamId>),
    /// One that was given up has come back.
    CameBack(StreamId),
}

struct Call {
    number: u64,
    task: JoinHandle<()>,
}

impl Future for Call {
    type Output = (u64, Result<(), JoinError>);

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
            slot: 1,
        }
    }

    /// How many events the next slot may hold.
    pub(super) fn slot(&self) -> usize {
        self.slot
    }

    /// Calls the events of a slot, one after the other.
    pub(super) fn begin(&mut self, targets: VecDeque<(StreamId, Target)>) {
        let (facts, environment) = (Arc::clone(&self.facts), self.environment.clone());
        let at_hand = targets.iter().all(|(_, target)| matches!(target, Target::Item(_)));
        let slot = Arc::new(Slot::new(targets));
        // Where the events are at hand, a call that may block needs no task but its thread.
        let task = if self.facts.handle.blocking() && at_hand {
            on_a_thread(facts, environment, Arc::clone(&slot))
        } else {
            tokio::spawn(handle(facts, environment, Arc::clone(&slot)))
        };
        self.begun += 1;
        let number = self.begun;
        self.awaited.insert(number, (slot, task.abort_handle()));
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

    fn finished(&mut self, number: u64, finished: Result<(), JoinError>) -> Option<News> {
        let Some((slot, _)) = self.awaited.remove(&number) else {
            return self.left.remove(&number).map(News::CameBack);
        };
        let come = match finished {
            Ok(()) => slot.give_up(None).0,
            // Outside the handler, whose panics are failures like any other.
            Err(error) => {
                slot.give_up(Some(Ended::Failed { error: chain(&error), failure: Failure::Again })).0
            }
        };
        self.slot = match come.took {
            took if took > SLICE => 1,
            took if took < SLICE / 2 && come.not_called.is_empty() => (self.slot * 2).min(LONGEST_SLOT),
            _ => self.slot,
        };
        Some(News::Ended(come, None))
    }

    /// The oldest slot has reached its limit.
    fn overdue(&mut self) -> Option<News> {
        let (_, number) = self.deadlines.pop_front()?;
        let (slot, task) = self.awaited.remove(&number)?;
        let (name, limit) = (self.facts.name(), self.limit);
        let what = if self.facts.handle.blocking() {
            counter!("cqrs_event_handler_calls_given_up_total", "handler" => name).increment(1);
            "given up; it still runs"
        } else {
            task.abort();
            "ended"
        };
        let error = format!("the call took longer than {limit:?}, and was {what}");
        let ended = if self.environment.is_shutting_down() {
            Ended::Interrupted
        } else {
            Ended::Failed { error: error.clone(), failure: Failure::Again }
        };
        let (come, current) = slot.give_up(Some(ended));
        self.slot = 1;
        let stream = current.map(|(stream, called)| {
            count_failed(name, &called.name);
            warn!(handler = name, position = %called.position, %stream, error, "event handler failed");
            self.left.insert(number, stream.clone());
            stream
        });
        Some(News::Ended(come, stream))
    }

    /// The streams for which a call may still run that nobody waits for.
    pub(super) fn left_streams(&self) -> impl Iterator<Item = StreamId> {
        self.left.values().cloned()
    }

    /// The lease is no longer ours: what can be ended is ended, and nobody waits for the rest.
    pub(super) fn abandon(&mut self) {
        for (number, (slot, task)) in self.awaited.drain() {
            // The thread of a call that may block cannot be ended, so it is waited for.
            if !self.facts.handle.blocking() {
                task.abort();
            }
            if let Some((stream, _)) = slot.give_up(None).1 {
                self.left.insert(number, stream);
            }
        }
    }
}

async fn handle(facts: Arc<Facts>, environment: Environment, slot: Arc<Slot>) {
    if facts.handle.blocking() {
        // Reading the event of a letter is no work for a thread that may block.
        if !slot.read(&facts, &environment).await {
            return;
        }
        let thread = on_a_thread(facts, environment, Arc::clone(&slot));
        if let Err(error) = thread.await {
            slot.ended(Ok(Ended::Failed { error: chain(&error), failure: Failure::Again }));
        }
        return;
    }
    if slot.read(&facts, &environment).await {
        call_all(&facts, &environment, &slot).await;
    }
}

/// Handles events where it may block.
fn on_a_thread(facts: Arc<Facts>, environment: Environment, slot: Arc<Slot>) -> JoinHandle<()> {
    let runtime = Handle::current();
    spawn_blocking(move || runtime.block_on(call_all(&facts, &environment, &slot)))
}

async fn call_all(facts: &Facts, environment: &Environment, slot: &Slot) {
    while let Some(item) = slot.next(SLICE) {
        slot.ended(Ok(handle_item(facts, environment, item).await));
    }
}

async fn handle_item(facts: &Facts, environment: &Environment, item: Item) -> Ended {
    let event = match item.event {
        Ok(event) => event,
        Err(error) => {
            count_failed(facts.name(), &error.name);
            warn!(handler = facts.name(), %error, "event cannot be read, its stream waits behind it");
            return lost(&*error);
        }
    };
    let outcome = facts.handle.call(&event, &environment.services).await;
    count_handled(environment, facts.name(), std::slice::from_ref(&event));
    match outcome {
        Ok(()) => Ended::Done,
        Err(unhandled) => failed(facts, environment, &event, &unhandled),
    }
}

pub(super) fn lost(error: &(dyn std::error::Error + 'static)) -> Ended {
    Ended::Failed { error: chain(error), failure: Failure::ForGood }
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
