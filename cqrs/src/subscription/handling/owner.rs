//! The owner of a lease at work, for as long as it has the lease.

use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};
use tracing::debug;

use crate::store::{Lease, StoreError, Subscription, SubscriptionStart};

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use super::super::refuse_beyond_head;
use super::{
    super::{
        Source, StatusSender,
        leased::{self, Owner},
    },
    calls::Calls,
    facts::Facts,
    owning::Owning,
    settings::Settings,
    terms::Terms,
};

/// Runs an event handler until the application shuts down.
pub(crate) async fn run(source: Source, status: StatusSender, facts: Arc<Facts>) {
    let environment = source.environment();
    let settings = Settings::of(facts.settings, environment.settings);
    let calls = Calls::new(Arc::clone(&facts), environment, settings.time_limit);
    leased::run(source, status, Handling { facts, settings, calls, terms: Terms::Own }).await;
}

/// An event handler, whoever has its lease.
pub(super) struct Handling {
    pub(super) facts: Arc<Facts>,
    pub(super) settings: Settings,
    pub(super) calls: Calls,
    pub(super) terms: Terms,
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl Handling {
    /// Works on a slot that was taken. Who has taken it gives the lease back.
    pub(super) async fn own_slot(
        &mut self,
        source: &mut Source,
        status: &StatusSender,
        lease: Lease,
    ) -> Result<(), StoreError> {
        let store = Arc::clone(&source.environment().store);
        let Some(subscription) = store.subscription(&lease.name).await? else { return Ok(()) };
        if subscription.version > self.facts.handle.knows() {
            // It was raised while it was taken. Seen as it is now, it is not taken again.
            return Ok(());
        }
        refuse_beyond_head(&*store, &lease.name, subscription.position).await?;
        source.works(status);
        status.reached(subscription.position);
        let mut owning = Owning::begin(self, source, status, lease, &subscription).await?;
        let outcome = owning.work().await;
        self.calls.abandon();
        outcome.map(|_| ())
    }
}

impl Owner for Handling {
    fn start(&self) -> SubscriptionStart {
        self.facts.start
    }

    fn own<'a>(
        &'a mut self,
        source: &'a mut Source,
        status: &'a StatusSender,
        lease: Lease,
        subscription: Subscription,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let store = Arc::clone(&source.environment().store);
            let mut owning = Owning::begin(self, source, status, lease, &subscription).await?;
            let outcome = owning.work().await;
            // One that is under way may have locked what is given back, and nobody waits for it any more.
            owning.settling = None;
            let lease = owning.lease;
            self.calls.abandon();
            debug!(subscription = lease.name, "giving the lease back");
            store.release_lease(&lease).await?;
            outcome.map(|_| ())
        }
        .boxed()
    }
}
