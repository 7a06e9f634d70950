//! The relay as a subscription: one process at a time, from a checkpoint of its own.

use futures_util::{FutureExt, future::BoxFuture};
use metrics::counter;
use tracing::warn;

use crate::{
    error_chain::chain,
    event::RecordedEvent,
    handler::StartFrom,
    message::Position,
    store::{StoreError, SubscriptionStart},
    subscription::{Environment, Progress, Running, Source, StatusSender, Turn, Work, run_leased},
};

use super::{EventBus, Relay};

/// The work of one relay. While the bus is away, events wait in the log.
struct Relaying {
    name: &'static str,
    from: StartFrom,
    relay: Relay,
}

/// A relay that is ready to run.
pub(crate) fn prepare(
    name: &'static str,
    from: StartFrom,
    bus: EventBus,
    environment: &Environment,
) -> Running {
    let (status, watched) = StatusSender::new(name);
    let (source, requests) = Source::new(environment, None);
    let wanted = source.wanted();
    let task = run_leased(source, status, Relaying { name, from, relay: Relay::to(bus) }).boxed();
    Running { status: watched, parts: Vec::new(), requests, wanted, model: None, task }
}

impl Relaying {
    /// Publishes a page, as often as it takes. The checkpoint moves over what is confirmed, and only over that.
    async fn publish(
        &mut self,
        mut events: &[RecordedEvent],
        progress: &mut Progress,
    ) -> Result<Turn, StoreError> {
        for tries in 1.. {
            let published = progress.keeping_lease(self.relay.publish(events)).await?;
            let (confirmed, error) = match published {
                Ok(confirmed) => (confirmed, None),
                Err(error) => (error.confirmed, Some(error)),
            };
            if let Some(position) = confirmed {
                let rest = events.partition_point(|event| event.position <= position);
                counter!("cqrs_events_relayed_total", "relay" => self.name).increment(rest as u64);
                progress.environment.throughput.add(self.name, rest);
                events = &events[rest..];
                if progress.reached(position).await? == Turn::Interrupted {
                    return Ok(Turn::Interrupted);
                }
            }
            let Some(error) = error else { break };
            warn!(relay = self.name, tries, error = chain(&error), "events wait for the bus");
            if !progress.pause(tries).await? {
                progress.advance().await?;
                return Ok(Turn::Interrupted);
            }
        }
        Ok(Turn::Done)
    }
}

impl Work for Relaying {
    fn start(&self) -> SubscriptionStart {
        let position = match self.from {
            StartFrom::Start => Some(Position::START),
            StartFrom::Now => None,
        };
        SubscriptionStart { name: self.name, aliases: &[], version: 1, position }
    }

    fn gained<'a>(&'a mut self, _: &'a Environment) -> BoxFuture<'a, Result<(), StoreError>> {
        async { Ok(()) }.boxed()
    }

    fn resume<'a>(&'a mut self, _: &'a mut Progress) -> BoxFuture<'a, Result<Turn, StoreError>> {
        async { Ok(Turn::Done) }.boxed()
    }

    fn handle<'a>(
        &'a mut self,
        events: Vec<RecordedEvent>,
        progress: &'a mut Progress,
    ) -> BoxFuture<'a, Result<Turn, StoreError>> {
        async move { self.publish(&events, progress).await }.boxed()
    }
}
