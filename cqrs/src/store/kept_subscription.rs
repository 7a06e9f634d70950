//! The rules by which checkpoints and leases change, without a store.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::message::Position;

use super::{LONGEST_LEASE, Lease, Settlement, Subscription, SubscriptionStart};

/// A subscription and who has its lease. A store that keeps both together, and changes them in a transaction, keeps the
/// promises of [`SubscriptionStore`](super::SubscriptionStore) about them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSubscription {
    /// What the subscription is to everybody.
    pub subscription: Subscription,
    /// Who has the lease, and until when; `None` if nobody ever had it, or it was given back.
    pub holder: Option<LeaseHolder>,
}

/// Who has a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseHolder {
    /// The owner.
    pub owner: Uuid,
    /// When another may take it.
    pub until: Timestamp,
}

impl KeptSubscription {
    /// Creates a new subscription, in a log that ends at `head`.
    pub fn new(start: &SubscriptionStart, head: Position) -> Self {
        let (name, version) = (start.name.to_owned(), start.version);
        let position = start.position.unwrap_or(head);
        let done_above = Vec::new();
        let subscription =
            Subscription { name, version, position, done_above, started_at: position, epoch: 0 };
        Self { subscription, holder: None }
    }

    /// Moves the checkpoint; `false` if it is not where the settlement says, or the epoch is another. The letters are
    /// [`ParkedStream::change`](super::ParkedStream::change)'s.
    pub fn settle(&mut self, settlement: &Settlement) -> bool {
        let Settlement { epoch, from, to, done_above, .. } = settlement;
        let moves = self.subscription.position == *from && self.subscription.epoch == *epoch;
        if moves {
            self.subscription.position = *to;
            self.subscription.done_above.clone_from(done_above);
        }
        moves
    }

    /// Takes the lease; `None` while another owner has it.
    pub fn acquire_lease(&mut self, owner: Uuid, now: Timestamp, duration: Duration) -> Option<Lease> {
        // One that ends later than any lease was not written by the library.
        let believed =
            |holder: LeaseHolder| holder.until > now && holder.until <= Lease::end(now, LONGEST_LEASE);
        if self.holder.is_some_and(|holder| holder.owner != owner && believed(holder)) {
            return None;
        }
        self.holder = Some(LeaseHolder { owner, until: Lease::end(now, duration) });
        self.subscription.epoch += 1;
        Some(Lease { name: self.subscription.name.clone(), owner, epoch: self.subscription.epoch })
    }

    /// Keeps the lease; `false` if it is not the present one.
    pub fn renew_lease(&mut self, lease: &Lease, now: Timestamp, duration: Duration) -> bool {
        let holds = self.holds(lease);
        if holds {
            self.holder = Some(LeaseHolder { owner: lease.owner, until: Lease::end(now, duration) });
        }
        holds
    }

    /// Gives the lease back, if it is the present one.
    pub fn release_lease(&mut self, lease: &Lease) {
        if self.holds(lease) {
            self.holder = None;
        }
    }

    fn holds(&self, lease: &Lease) -> bool {
        self.subscription.epoch == lease.epoch
            && self.holder.is_some_and(|holder| holder.owner == lease.owner)
    }
}

impl Lease {
    /// Returns when a lease ends that is taken or renewed now: after [`LONGEST_LEASE`] at most.
    pub fn end(now: Timestamp, duration: Duration) -> Timestamp {
        let duration = SignedDuration::try_from(duration.min(LONGEST_LEASE)).ok();
        duration.and_then(|duration| now.checked_add(duration).ok()).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: SubscriptionStart =
        SubscriptionStart { name: "reader", aliases: &[], version: 1, position: None };

    #[test]
    fn a_lease_lasts_an_hour_at_most_and_is_not_believed_to_last_longer() {
        let mut kept = KeptSubscription::new(&START, Position::new(7));
        let (now, [one, other]) = (Timestamp::now(), [Uuid::now_v7(), Uuid::now_v7()]);
        let lease = kept.acquire_lease(one, now, Duration::MAX).unwrap();
        assert_eq!(kept.holder.unwrap().until, Lease::end(now, LONGEST_LEASE));
        assert!(kept.acquire_lease(other, now, Duration::ZERO).is_none());
        assert!(kept.renew_lease(&lease, now, Duration::MAX));
        kept.release_lease(&lease);
        assert_eq!(kept.acquire_lease(other, now, Duration::ZERO).unwrap().epoch, 2);
        kept.holder = Some(LeaseHolder { owner: one, until: Timestamp::MAX });
        assert!(kept.acquire_lease(other, now, Duration::ZERO).is_some());
    }

    #[test]
    fn who_knows_the_epoch_does_not_have_the_lease() {
        let mut kept = KeptSubscription::new(&START, Position::START);
        let now = Timestamp::now();
        let lease = kept.acquire_lease(Uuid::now_v7(), now, Duration::ZERO).unwrap();
        let other = Lease { owner: Uuid::now_v7(), ..lease.clone() };
        assert!(!kept.renew_lease(&other, now, Duration::MAX));
        assert!(kept.renew_lease(&lease, now, Duration::ZERO), "nobody took it since it ended");
    }
}
