//! Leases: who may run a subscription.
//!
//! Invariant: a lease is taken from its holder only by somebody who has seen the entry unchanged for the whole length of
//! the lease, measured by a monotonic clock of his own. Renewing a lease, and moving the checkpoint under it, change
//! the entry's revision; so a holder that does either in time keeps the lease, and clocks are never compared. Taking
//! it is a compare-and-set at the revision that was seen, and raises the epoch: of a renewal and a takeover at the same
//! time one happens.
//!
//! A process that looks for the first time does not know how long the holder has been silent, and waits for one length.

use std::time::Duration;

use uuid::Uuid;

use crate::store::{Lease, LeaseInSight, StoreError};

use super::{
    holder::Holder,
    store::Shared,
    subscriptions::{Kept, key},
};

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
            if other.is_some_and(|holder| silent < holder.duration()) {
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

    pub(super) async fn lease_holder(&self, name: &str) -> Result<Option<LeaseInSight>, StoreError> {
        let kept = self.subscription("look who has a lease", name).await?;
        let holder = kept.and_then(|(kept, _)| kept.holder);
        // When it ends depends on when whoever wants it saw it last renewed.
        Ok(holder.map(|holder| LeaseInSight { owner: holder.owner.to_string(), until: None }))
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
