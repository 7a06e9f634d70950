//! Subscriptions that one process runs at a time, by a lease: event handlers and bus relays.
//!
//! Whoever [gains](gain) the lease works until it loses it or the application shuts down: a bus relay in [turns], in which it
//! keeps its [`Progress`].

mod progress;
mod turns;

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::{
    event::{DecodeError, RecordedEvent},
    store::{Lease, StoreError, Subscription, SubscriptionStart},
};

use super::{Environment, Source, State, StatusSender, refuse_beyond_head, source::Woken};

pub(crate) use progress::Progress;

/// What a leased subscription does with its events.
pub(crate) trait Work: Send + 'static {
    /// How it begins when the store sees it for the first time.
    fn start(&self) -> SubscriptionStart;

    /// The lease was gained: what is kept in the store about this subscription may have changed.
    fn gained<'a>(&'a mut self, environment: &'a Environment) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Somebody, perhaps in another process, may have asked for dead letters to be handled again.
    fn resume<'a>(&'a mut self, progress: &'a mut Progress) -> BoxFuture<'a, Result<Turn, StoreError>>;

    /// The next event cannot be read. By default that is where it stops.
    fn undecodable<'a>(
        &'a mut self,
        error: Arc<DecodeError>,
        progress: &'a mut Progress,
    ) -> BoxFuture<'a, Result<Turn, StoreError>> {
        let _ = progress;
        Box::pin(async move { Err(StoreError::Decode(error)) })
    }

    /// Handles a page of events, and says through `progress` how far it has come.
    fn handle<'a>(
        &'a mut self,
        events: Vec<RecordedEvent>,
        progress: &'a mut Progress,
    ) -> BoxFuture<'a, Result<Turn, StoreError>>;
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Everything given was dealt with.
    Done,
    /// The lease was lost, or the application shuts down: what is left is for the next owner.
    Interrupted,
}

/// What is done by whoever has the lease.
pub(crate) trait Owner: Send + 'static {
    /// How the subscription begins when the store sees it for the first time.
    fn start(&self) -> SubscriptionStart;

    /// Works until the lease is lost or the application shuts down; then gives the lease back.
    fn own<'a>(
        &'a mut self,
        source: &'a mut Source,
        status: &'a StatusSender,
        lease: Lease,
        subscription: Subscription,
    ) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// Runs what is done turn by turn, until the application shuts down.
pub(crate) async fn run_turns(source: Source, status: StatusSender, work: impl Work) {
    run(source, status, turns::Turns(work)).await;
}

/// Runs a leased subscription until the application shuts down.
pub(crate) async fn run(mut source: Source, status: StatusSender, mut owner: impl Owner) {
    let start = owner.start();
    loop {
        let gained = gain(&mut source, &status, &start).await;
        let outcome = match gained {
            Ok(Some((lease, subscription))) => owner.own(&mut source, &status, lease, subscription).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = outcome
            && let Woken::ShutDown = source.fail(&status, &error).await
        {
            break;
        }
        if source.environment().is_shutting_down() {
            break;
        }
    }
    status.is(State::Ended);
}

/// The lease, once it is free; `None` if the application shuts down first.
async fn gain(
    source: &mut Source,
    status: &StatusSender,
    start: &SubscriptionStart,
) -> Result<Option<(Lease, Subscription)>, StoreError> {
    let environment = source.environment().clone();
    loop {
        let subscription = environment.store.subscribe(*start).await?;
        refuse_beyond_head(&*environment.store, start.name, subscription.position).await?;
        let lease = environment
            .store
            .acquire_lease(start.name, environment.owner, environment.settings.lease)
            .await?;
        if let Some(lease) = lease {
            let subscription = environment.store.subscription(start.name).await?;
            let Some(subscription) = subscription else { return Ok(None) };
            source.works(status);
            status.reached(subscription.position);
            return Ok(Some((lease, subscription)));
        }
        status.is(State::StandingBy);
        let standing_by = tokio::time::sleep(environment.settings.lease / 3);
        let mut shutdown = environment.shutdown.clone();
        tokio::select! {
            biased;
            _ = shutdown.wait_for(|down| *down) => return Ok(None),
            () = standing_by => {}
        }
    }
}
