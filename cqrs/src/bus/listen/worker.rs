//! One worker: handles the messages of its keys, one after the other.

use std::{marker::PhantomData, sync::Arc, time::Duration};

use smol_str::SmolStr;
use tokio::{
    sync::{mpsc, watch},
    time::sleep_until,
};
use tracing::Instrument;

use crate::{
    bus::{DeadLetter, DeadLetterReason, Delivery, Message, RetryPolicy, Standing},
    error_chain::chain,
};

use super::{
    handling::{HandlingError, attempt},
    held::{Backlog, Held},
    phase::Phase,
    settling::{acknowledge, bury, forget, letter, report_retry, span},
};

/// How long to wait at least for what is away.
const SHORTEST_OUTAGE: Duration = Duration::from_millis(10);

/// One worker.
///
/// Invariants: a key belongs to one worker, which handles one message at a time, so messages of a key never run
/// together. A message leaves its hands in one of three ways: acknowledged after success, as a dead letter, or dropped
/// and so given back, then together with everything behind it. None is handled out of its turn: whether it stands next is
/// asked right before, when all earlier ones of its key are out of hand. Panics of the handler do not reach it.
pub(super) struct Worker<M, F> {
    pub(super) inbox: mpsc::Receiver<Delivery>,
    pub(super) group: SmolStr,
    pub(super) handler: Arc<F>,
    pub(super) retry: RetryPolicy,
    pub(super) phase: watch::Receiver<Phase>,
    pub(super) held: Held,
    pub(super) messages: PhantomData<fn(M)>,
}

/// A message to handle.
pub(in crate::bus) struct Arrived<M> {
    pub(in crate::bus) message: M,
    /// Whether it was a dead letter, so that later ones of its stream may have been handled already.
    pub(in crate::bus) retried: bool,
    /// Whether it is tried again should this attempt fail in a way that may pass.
    pub(in crate::bus) again: bool,
}

/// What became of one attempt.
enum Tried {
    Settled,
    /// It is to be tried again after a while.
    Later(Delivery, Duration),
    /// It waits for what is to handle it.
    Waiting(Delivery),
    /// The stop lost patience.
    Abandoned,
}

impl<M, F, R> Worker<M, F>
where
    M: Message,
    F: Fn(Arrived<M>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), HandlingError>> + Send + 'static,
{
    /// Works until the inbox is closed and empty. Keys that wait for a retry then are given back, not waited for.
    pub(super) async fn run(mut self) {
        while let Some(backlog) = self.next().await {
            self.work(backlog).await;
            if *self.phase.borrow() == Phase::Abandoned {
                break;
            }
        }
    }

    /// What to handle next: a key that is due, or a message that is new, whichever comes or, of both, either; `None` at the
    /// end.
    async fn next(&mut self) -> Option<Backlog> {
        loop {
            let due = self.held.next_due();
            tokio::select! {
                () = sleep_until(due.unwrap_or_else(tokio::time::Instant::now)), if due.is_some() => {
                    if let Some(backlog) = self.held.take_due() {
                        return Some(backlog);
                    }
                }
                delivery = self.inbox.recv() => {
                    if let Some(fresh) = self.held.queue(delivery?) {
                        return Some(Backlog::of(fresh));
                    }
                }
            }
        }
    }

    /// Handles the messages of a key until none is left or one has to wait for its next attempt.
    async fn work(&mut self, mut backlog: Backlog) {
        while let Some(delivery) = backlog.deliveries.pop_front() {
            match self.try_once(delivery, backlog.attempt).await {
                Tried::Settled => (backlog.attempt, backlog.outages) = (1, 0),
                Tried::Later(delivery, delay) => {
                    (backlog.attempt, backlog.outages) = (backlog.attempt + 1, 0);
                    return self.held.hold(delivery, backlog, delay);
                }
                Tried::Waiting(delivery) => {
                    backlog.outages += 1;
                    let delay = self.retry.delay(backlog.outages).max(SHORTEST_OUTAGE);
                    return self.held.hold(delivery, backlog, delay);
                }
                Tried::Abandoned => return,
            }
        }
    }

    async fn try_once(&mut self, delivery: Delivery, number: u32) -> Tried {
        if delivery.message().retried_for.as_ref().is_some_and(|group| *group != self.group) {
            forget::<M>(delivery).await;
            return Tried::Settled;
        }
        match delivery.standing() {
            Standing::Next => {}
            Standing::Parked => {
                let error = "an earlier message of its key could not be handled".to_owned();
                let letter = letter(&delivery, DeadLetterReason::Queued, error, 0);
                bury::<M>(delivery, letter).await;
                return Tried::Settled;
            }
            Standing::TakenBack => return Tried::Settled,
        }
        self.handle(delivery, number).await
    }

    async fn handle(&mut self, delivery: Delivery, number: u32) -> Tried {
        let message = match self.open(&delivery) {
            Ok(message) => message,
            Err(letter) => {
                bury::<M>(delivery, *letter).await;
                return Tried::Settled;
            }
        };
        let handler = Arc::clone(&self.handler);
        let (retried, again) =
            (delivery.message().retried_for.is_some(), self.retry.delay_after(number).is_some());
        let arrived = Arrived { message, retried, again };
        let handling = attempt(&*handler, arrived).instrument(span::<M>(&delivery, number));
        tokio::select! {
            biased;
            outcome = handling => match outcome {
                Ok(()) => {
                    acknowledge::<M>(delivery).await;
                    Tried::Settled
                }
                Err(error) => self.failed(delivery, &error, number).await,
            },
            () = abandoned(&mut self.phase) => Tried::Abandoned,
        }
    }

    /// The message, decoded afresh for each attempt; or the dead letter it becomes without being tried.
    fn open(&self, delivery: &Delivery) -> Result<M, Box<DeadLetter>> {
        if self.retry.redeliveries.is_some_and(|most| delivery.redeliveries() > most) {
            let error = format!("delivered {} times without being settled", delivery.redeliveries());
            return Err(Box::new(letter(delivery, DeadLetterReason::Undeliverable, error, 0)));
        }
        M::decode(delivery.message())
            .map_err(|error| Box::new(letter(delivery, DeadLetterReason::Undecodable, chain(&error), 0)))
    }

    async fn failed(&self, delivery: Delivery, error: &HandlingError, number: u32) -> Tried {
        if let HandlingError::Unavailable(_) = error {
            report_retry::<M>(&delivery, error, number);
            return Tried::Waiting(delivery);
        }
        let reason = match (error.verdict(), self.retry.delay_after(number)) {
            (None, Some(delay)) => {
                report_retry::<M>(&delivery, error, number);
                return Tried::Later(delivery, delay);
            }
            (None, None) => DeadLetterReason::Exhausted,
            (Some(reason), _) => reason,
        };
        let letter = letter(&delivery, reason, chain(error), number);
        bury::<M>(delivery, letter).await;
        Tried::Settled
    }
}

/// Waits until the stop loses patience; for ever if nobody can stop any more.
async fn abandoned(phase: &mut watch::Receiver<Phase>) {
    if phase.wait_for(|phase| *phase == Phase::Abandoned).await.is_err() {
        std::future::pending::<()>().await;
    }
}
