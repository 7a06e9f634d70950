//! The lease of whoever acts on what is due.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::{
    message::Position,
    store::{Lease, Store, StoreError, SubscriptionStart},
    subscription::Environment,
};

/// A lease that is taken when there is something to do, and kept from then on.
pub(super) struct Holding {
    name: &'static str,
    owner: Uuid,
    duration: Duration,
    held: Option<Held>,
}

struct Held {
    lease: Lease,
    renewed: Instant,
}

impl Holding {
    pub(super) fn new(name: &'static str, environment: &Environment) -> Self {
        Self { name, owner: environment.owner, duration: environment.settings.lease, held: None }
    }

    /// Whether this process has the lease.
    pub(super) async fn hold(&mut self, store: &dyn Store) -> Result<bool, StoreError> {
        if let Some(held) = &mut self.held {
            if held.renewed.elapsed() < self.duration / 3 {
                return Ok(true);
            }
            held.renewed = Instant::now();
            if store.renew_lease(&held.lease, self.duration).await? {
                return Ok(true);
            }
            self.held = None;
        }
        let position = Some(Position::START);
        store.subscribe(SubscriptionStart { name: self.name, aliases: &[], version: 1, position }).await?;
        let renewed = Instant::now();
        let gained = store.acquire_lease(self.name, self.owner, self.duration).await?;
        self.held = gained.map(|lease| Held { lease, renewed });
        Ok(self.held.is_some())
    }

    pub(super) async fn release(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        match self.held.take() {
            Some(held) => store.release_lease(&held.lease).await,
            None => Ok(()),
        }
    }
}
