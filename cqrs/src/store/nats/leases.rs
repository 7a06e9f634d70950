//! Leases: who may run a subscription.
//!
//! Invariant: a lease is taken from its holder only by somebody who has seen the entry unchanged for the whole length of
//! the lease, measured by a monotonic clock of his own. Renewing a lease, and moving the checkpoint under it, change
//! the entry's revision; so a holder that does either in time keeps the lease, and clocks are never compared. Taking
//! it is a compare-and-set at the revision that was seen, and raises the epoch: of a renewal and a takeover at the same
//! time one happens.
//!
//! A process that looks for the first time does not know how long the holder has been silent, and waits for one length.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::{Lease, StoreError};

use super::{
    store::Shared,
    subscriptions::{Kept, key},
};

/// Who has a lease.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Holder {
    owner: Uuid,
    /// How long the lease lasts, in milliseconds.
    milliseconds: u64,
}

impl Holder {
    fn new(owner: Uuid, duration: Duration) -> Self {
        Self { owner, milliseconds: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX) }
    }
}

/// At which revision this process saw each entry, and since when.
#[derive(Default)]
pub(super) struct Observed(Mutex<HashMap<String, (u64, Instant)>>);

impl Observed {
    /// An entry has this revision now. Gives for how long that was seen.
    pub(super) fn saw(&self, name: &str, revision: u64) -> Duration {
        let mut observed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match observed.get(name) {
            Some((seen, since)) if *seen == revision => since.elapsed(),
            _ => {
                observed.insert(name.to_owned(), (revision, Instant::now()));
                Duration::ZERO
            }
        }
    }
}

impl Shared {
    pub(super) async fn acquire_lease(
        &self,
        name: &str,
        owner: Uuid,
        duration: Duration,
    ) -> Result<Option<Lease>, StoreError> {
        const ACQUIRE: &str = "take a lease";
        while let Some((kept, revision)) = self.subscription(ACQUIRE, name).await? {
            let silent = self.observed.saw(name, revision);
            let other = kept.holder.filter(|holder| holder.owner != owner);
            if other.is_some_and(|holder| silent < Duration::from_millis(holder.milliseconds)) {
                return Ok(None);
            }
            let holder = Some(Holder::new(owner, duration));
            let taken = Kept { epoch: kept.epoch + 1, holder, ..kept };
            if let Some(revision) = self.subscriptions.put(ACQUIRE, &key(name), &taken, revision).await? {
                self.observed.saw(name, revision);
                return Ok(Some(Lease { name: name.to_owned(), owner, epoch: taken.epoch }));
            }
        }
        Ok(None)
    }

    pub(super) async fn renew_lease(&self, lease: &Lease, duration: Duration) -> Result<bool, StoreError> {
        self.change_holder("renew a lease", lease, Some(Holder::new(lease.owner, duration))).await
    }

    pub(super) async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        self.change_holder("give a lease back", lease, None).await.map(drop)
    }

    /// `false` if the lease is not the present one.
    async fn change_holder(
        &self,
        operation: &'static str,
        lease: &Lease,
        holder: Option<Holder>,
    ) -> Result<bool, StoreError> {
        while let Some((kept, revision)) = self.subscription(operation, &lease.name).await? {
            let holds = kept.holder.is_some_and(|holder| holder.owner == lease.owner);
            if !holds || kept.epoch != lease.epoch {
                return Ok(false);
            }
            let changed = Kept { holder, ..kept };
            let put = self.subscriptions.put(operation, &key(&lease.name), &changed, revision).await?;
            if let Some(revision) = put {
                self.observed.saw(&lease.name, revision);
                return Ok(true);
            }
        }
        Ok(false)
    }
}
