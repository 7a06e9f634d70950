//! The relay as a subscription: one process at a time, from a checkpoint of its own.
//!
//! Invariant: of each stream the bus gets the events in order and without a gap. So an event that the bus never takes is
//! kept as a dead letter, and what follows of its stream queues behind it, until somebody retries it or gives it up; the
//! checkpoint moves on, and other streams with it. A bus that is away is another matter: for that the relay waits.

use futures_util::{FutureExt, future::BoxFuture};
use jiff::Timestamp;
use metrics::counter;
use tracing::{error, warn};

use crate::{
    error_chain::chain,
    event::RecordedEvent,
    handler::StartFrom,
    message::Position,
    store::{DeadLetter, DeadLetterState, Store, StoreError, SubscriptionStart},
    subscription::{
        Environment, Parking, Progress, Running, Source, StatusSender, Turn, Work, event_of, run_turns,
    },
};

use super::{EventBus, Relay, RelayError};

/// How long a bus may take to confirm what it has when the application shuts down.
const LAST_WAIT: std::time::Duration = std::time::Duration::from_secs(2);

/// The work of one relay. While the bus is away, events wait in the log.
struct Relaying {
    name: &'static str,
    from: StartFrom,
    relay: Relay,
    parking: Parking,
}

/// A relay that is ready to run.
pub(crate) fn prepare(
    name: &'static str,
    from: StartFrom,
    bus: EventBus,
    environment: &Environment,
) -> Running {
    let (status, watched) = StatusSender::new(name);
    let (source, requests) = Source::new(environment, None, &[]);
    let wanted = source.wanted();
    let relaying = Relaying { name, from, relay: Relay::to(bus), parking: Parking::new(name) };
    let task = run_turns(source, status, relaying).boxed();
    Running { status: watched, parts: Vec::new(), requests, wanted, model: None, task }
}

impl Relaying {
    /// Brings a page behind itself, however often the bus is away. The checkpoint moves over what is confirmed or kept as
    /// a dead letter, and only over that.
    async fn page(&mut self, events: &[RecordedEvent], progress: &mut Progress) -> Result<Turn, StoreError> {
        let (mut rest, mut tries) = (events, 0);
        while let Some(first) = rest.first() {
            if self.parking.is_parked(&first.envelope.stream) {
                self.parking.queue(&*progress.environment.store, first).await?;
                if pass(&mut rest, first.position, progress).await? == Turn::Interrupted {
                    return Ok(Turn::Interrupted);
                }
                continue;
            }
            let before = rest.len();
            let turn = match self.publish(&mut rest, progress).await? {
                Ok(turn) => turn,
                Err(error) if error.is_for_good() => self.park(&mut rest, &error, progress).await?,
                Err(error) => {
                    tries = if rest.len() < before { 1 } else { tries + 1 };
                    self.wait_for_bus(tries, &error, progress).await?
                }
            };
            if turn == Turn::Interrupted {
                return Ok(Turn::Interrupted);
            }
        }
        Ok(Turn::Done)
    }

    /// Publishes the events up to the first of a parked stream, and passes those that are confirmed.
    async fn publish(
        &self,
        rest: &mut &[RecordedEvent],
        progress: &mut Progress,
    ) -> Result<Result<Turn, RelayError>, StoreError> {
        let parked = |event: &RecordedEvent| self.parking.is_parked(&event.envelope.stream);
        let free = rest.iter().position(parked).unwrap_or(rest.len());
        let (confirmed, error) = match self.send(&rest[..free], progress).await? {
            Some(Ok(confirmed)) => (confirmed, None),
            Some(Err(error)) => (error.confirmed, Some(error)),
            None => {
                progress.advance().await?;
                return Ok(Ok(Turn::Interrupted));
            }
        };
        let Some(position) = confirmed else { return Ok(error.map_or(Ok(Turn::Done), Err)) };
        let before = rest.len();
        let turn = pass(rest, position, progress).await?;
        let count = before - rest.len();
        counter!("cqrs_events_relayed_total", "relay" => self.name).increment(count as u64);
        progress.environment.throughput.add(self.name, count);
        Ok(error.filter(|_| turn == Turn::Done).map_or(Ok(turn), Err))
    }

    /// Gives events to the bus, which may wait for its broker, or for room; `None` if the application shuts down and the bus
    /// has still not taken them a while later. Those that it has taken come again then.
    async fn send(
        &self,
        events: &[RecordedEvent],
        progress: &mut Progress,
    ) -> Result<Option<Result<Option<Position>, RelayError>>, StoreError> {
        let mut shutdown = progress.environment.shutdown.clone();
        let given_up = async move {
            let _ = shutdown.wait_for(|down| *down).await;
            tokio::time::sleep(LAST_WAIT).await;
        };
        let sending = async {
            tokio::select! {
                biased;
                published = self.relay.publish(events) => Some(published),
                () = given_up => None,
            }
        };
        progress.keeping_lease(sending).await
    }

    /// Keeps the first event as a dead letter.
    async fn park(
        &mut self,
        rest: &mut &[RecordedEvent],
        error: &RelayError,
        progress: &mut Progress,
    ) -> Result<Turn, StoreError> {
        let Some(event) = rest.first() else { return Ok(Turn::Done) };
        if progress.renew().await? == Turn::Interrupted {
            return Ok(Turn::Interrupted);
        }
        let text = chain(&error.source);
        error!(relay = self.name, position = %event.position, stream = %event.envelope.stream, error = text,
            "the bus never takes an event, which became a dead letter");
        self.parking.fail(&*progress.environment.store, event, 1, text).await?;
        pass(rest, event.position, progress).await
    }

    async fn wait_for_bus(
        &self,
        tries: u32,
        error: &RelayError,
        progress: &mut Progress,
    ) -> Result<Turn, StoreError> {
        warn!(relay = self.name, tries, error = chain(error), "events wait for the bus");
        if progress.pause(tries).await? {
            return Ok(Turn::Done);
        }
        progress.advance().await?;
        Ok(Turn::Interrupted)
    }

    /// Publishes the event of a dead letter. Then its letter goes, and the next of its stream is up. `false` if the bus is
    /// away: it stays as it is, and is tried again.
    async fn publish_letter(&self, letter: DeadLetter, progress: &mut Progress) -> Result<bool, StoreError> {
        let store = std::sync::Arc::clone(&progress.environment.store);
        let event = match event_of(&*store, &letter).await? {
            Ok(event) => event,
            Err(reason) => return self.dead_again(letter, &chain(&reason), &*store).await.map(|()| true),
        };
        let Some(published) = self.send(&[event], progress).await? else { return Ok(false) };
        match published {
            Ok(_) => store.remove_dead_letter(&letter.key).await.map(|_| true),
            Err(error) if error.is_for_good() => {
                self.dead_again(letter, &chain(&error.source), &*store).await.map(|()| true)
            }
            Err(error) => {
                warn!(relay = self.name, error = chain(&error), "a dead letter waits for the bus");
                Ok(false)
            }
        }
    }

    async fn dead_again(&self, letter: DeadLetter, error: &str, store: &dyn Store) -> Result<(), StoreError> {
        let (state, attempts, error) = (DeadLetterState::Failed, letter.attempts + 1, error.to_owned());
        warn!(relay = self.name, position = %letter.key.position, error, "an event stays a dead letter");
        store.park(DeadLetter { state, attempts, error, time: Timestamp::now(), ..letter }).await
    }

    /// Publishes what somebody asked for, in order, as far as the bus takes it.
    async fn retry(&mut self, progress: &mut Progress) -> Result<Turn, StoreError> {
        loop {
            let store = std::sync::Arc::clone(&progress.environment.store);
            let letters = self.parking.reload(&*store).await?;
            if letters.is_empty() {
                return Ok(Turn::Done);
            }
            for letter in letters {
                if progress.environment.is_shutting_down() || progress.renew().await? == Turn::Interrupted {
                    return Ok(Turn::Interrupted);
                }
                if !self.publish_letter(letter, progress).await? {
                    return Ok(Turn::Done);
                }
            }
        }
    }
}

/// Leaves the events up to a position behind.
async fn pass(
    rest: &mut &[RecordedEvent],
    position: Position,
    progress: &mut Progress,
) -> Result<Turn, StoreError> {
    *rest = &rest[rest.partition_point(|event| event.position <= position)..];
    progress.reached(position).await
}

impl Work for Relaying {
    fn start(&self) -> SubscriptionStart {
        let position = match self.from {
            StartFrom::Start => Some(Position::START),
            StartFrom::Now => None,
        };
        SubscriptionStart { name: self.name, aliases: &[], version: 1, position }
    }

    fn gained<'a>(&'a mut self, environment: &'a Environment) -> BoxFuture<'a, Result<(), StoreError>> {
        async move { self.parking.reload(&*environment.store).await.map(drop) }.boxed()
    }

    fn resume<'a>(&'a mut self, progress: &'a mut Progress) -> BoxFuture<'a, Result<Turn, StoreError>> {
        self.retry(progress).boxed()
    }

    fn handle<'a>(
        &'a mut self,
        events: Vec<RecordedEvent>,
        progress: &'a mut Progress,
    ) -> BoxFuture<'a, Result<Turn, StoreError>> {
        async move { self.page(&events, progress).await }.boxed()
    }
}
