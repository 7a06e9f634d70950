//! How far a leased subscription has come, and the right to go on.
//!
//! Invariant: the checkpoint moves only by compare-and-set on its position and on the epoch of the lease, so an
//! owner that slept through the end of its lease can finish the call it had begun, and nothing more.

use std::time::{Duration, Instant};

use crate::{
    message::Position,
    store::{Lease, StoreError, Subscription},
};

use super::{super::LAG, Environment, Turn};

/// The checkpoint and the lease it moves under.
pub(crate) struct Progress {
    pub(crate) environment: Environment,
    pub(super) lease: Lease,
    renewed: Instant,
    /// The checkpoint as stored.
    stored: Position,
    /// Everything up to here is done, stored or not.
    pub(super) done: Position,
    advanced: Instant,
}

/// A crash repeats at most what was handled since the last advance: so long, or one page.
const ADVANCE_EVERY: Duration = Duration::from_millis(10);

impl Progress {
    pub(super) fn new(environment: Environment, lease: Lease, subscription: &Subscription) -> Self {
        let now = Instant::now();
        let position = subscription.position;
        Self { environment, lease, renewed: now, stored: position, done: position, advanced: now }
    }

    /// Everything up to `position` is done. `Interrupted` if the checkpoint is no longer ours to move.
    pub(crate) async fn reached(&mut self, position: Position) -> Result<Turn, StoreError> {
        self.done = position;
        // A page of events can take longer than the lease although each of them is short.
        if self.renew_in_time().await? == Turn::Interrupted {
            return Ok(Turn::Interrupted);
        }
        if self.advanced.elapsed() < ADVANCE_EVERY { Ok(Turn::Done) } else { self.advance().await }
    }

    /// Whether the stored checkpoint lags so far behind that it is worth a write of its own.
    pub(super) fn lags(&self) -> bool {
        self.done.get() - self.stored.get() >= LAG
    }

    /// Stores the checkpoint.
    pub(crate) async fn advance(&mut self) -> Result<Turn, StoreError> {
        self.advanced = Instant::now();
        if self.done == self.stored {
            return Ok(Turn::Done);
        }
        let store = &self.environment.store;
        if !store.advance(&self.lease.name, self.lease.epoch, self.stored, self.done).await? {
            return Ok(Turn::Interrupted);
        }
        self.stored = self.done;
        Ok(Turn::Done)
    }

    /// Keeps the lease while `call` runs, which may take longer than a lease lasts.
    pub(crate) async fn keeping_lease<F: Future>(&mut self, call: F) -> Result<F::Output, StoreError> {
        tokio::pin!(call);
        loop {
            let wait = (self.environment.settings.lease / 3).saturating_sub(self.renewed.elapsed());
            tokio::select! {
                biased;
                output = &mut call => return Ok(output),
                () = tokio::time::sleep(wait) => { self.renew().await?; }
            }
        }
    }

    /// Waits, the lease kept, before what failed so often is tried again; `false` if the application shuts down.
    pub(crate) async fn pause(&mut self, tries: u32) -> Result<bool, StoreError> {
        let mut shutdown = self.environment.shutdown.clone();
        let pause = tokio::time::sleep(self.environment.settings.delay_after(tries));
        self.keeping_lease(async move {
            tokio::select! { _ = shutdown.wait_for(|down| *down) => false, () = pause => true }
        })
        .await
    }

    /// Renews the lease when a third of it is over.
    pub(super) async fn renew_in_time(&mut self) -> Result<Turn, StoreError> {
        if self.renewed.elapsed() < self.environment.settings.lease / 3 {
            Ok(Turn::Done)
        } else {
            self.renew().await
        }
    }

    /// Whether this process still has the lease. Whoever slept must ask before it writes what no checkpoint guards.
    pub(crate) async fn renew(&mut self) -> Result<Turn, StoreError> {
        self.renewed = Instant::now();
        let held = self.environment.store.renew_lease(&self.lease, self.environment.settings.lease).await?;
        Ok(if held { Turn::Done } else { Turn::Interrupted })
    }
}
