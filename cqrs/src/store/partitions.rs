//! What several processes share, part by part: the partitions of projections, the slots of process managers.
//!
//! A part is a subscription of its own: it has a checkpoint, a lease and an epoch. Which process owns how many is
//! agreed on through the store: each says from time to time that it is there, sees who else is, and takes its fair
//! share.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::message::Position;

use super::{Lease, Settlement, Store, StoreError, SubscriptionStart, SubscriptionStore};

/// What one sees of a partition.
#[derive(Clone, Debug)]
pub struct PartitionView {
    pub(crate) name: String,
    /// The version of what was written in it.
    pub(crate) version: u32,
    /// Its checkpoint.
    pub(crate) position: Position,
    pub(crate) epoch: u64,
    pub(crate) owner: Option<Uuid>,
    /// Whether nobody has its lease, or the lease has ended.
    pub(crate) free: bool,
    /// Why its owner has stopped, if it has. A partition that is free has no owner, whatever the last one has said.
    pub(crate) stopped: Option<Arc<str>>,
}

/// A process that takes parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    pub(crate) owner: Uuid,
    /// Up to which version it knows what is written in a part; 0 where parts have none.
    pub(crate) knows: u32,
}

/// Where projections are shared. Only the stores of this crate are such.
pub trait PartitionStore: SubscriptionStore {
    /// Says that a process is there, and will be for `duration`; gives the others that are.
    #[doc(hidden)]
    fn beat<'a>(
        &'a self,
        whole: &'a str,
        process: Peer,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Vec<Peer>, StoreError>>;

    /// Says that a process is not there any more.
    #[doc(hidden)]
    fn leave<'a>(&'a self, projection: &'a str, owner: Uuid) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Returns the partitions as they are now.
    #[doc(hidden)]
    fn survey<'a>(
        &'a self,
        partitions: &'a [&'static str],
    ) -> BoxFuture<'a, Result<Vec<PartitionView>, StoreError>>;

    /// Takes a partition that is free, and gives its checkpoint. Whatever its former owner has begun and not committed
    /// will never be committed.
    #[doc(hidden)]
    fn take<'a>(
        &'a self,
        partition: &'static str,
        owner: Uuid,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Option<(Lease, Position)>, StoreError>>;

    /// Keeps the leases of those partitions that the process still has.
    #[doc(hidden)]
    fn renew<'a>(
        &'a self,
        partitions: &'a [&'static str],
        owner: Uuid,
        duration: Duration,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Makes what is new of several subscriptions, in one transaction: all that begin after the last event that is there begin
    /// after the same one.
    #[doc(hidden)]
    fn subscribe_all<'a>(&'a self, starts: &'a [SubscriptionStart]) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Moves several checkpoints, each as [`settle`](SubscriptionStore::settle) does; without letters. Says of each, in order, whether
    /// it was moved.
    #[doc(hidden)]
    fn settle_all<'a>(
        &'a self,
        settlements: &'a [Settlement],
    ) -> BoxFuture<'a, Result<Vec<bool>, StoreError>>;

    /// Keeps several leases, each as [`renew_lease`](SubscriptionStore::renew_lease) does. Says of each, in order, whether it is held.
    #[doc(hidden)]
    fn renew_all<'a>(
        &'a self,
        leases: &'a [Lease],
        duration: Duration,
    ) -> BoxFuture<'a, Result<Vec<bool>, StoreError>>;

    /// Says of each of several subscriptions, in order, whether somebody has asked for one of its dead letters.
    #[doc(hidden)]
    fn letters_asked_for<'a>(&'a self, leases: &'a [Lease]) -> BoxFuture<'a, Result<Vec<bool>, StoreError>>;

    /// Keeps that something of a version is written in a part from now on; `false` if the lease was lost. It is never lowered.
    #[doc(hidden)]
    fn raise_version<'a>(&'a self, lease: &'a Lease, version: u32)
    -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Says to those who wait for the partition elsewhere why it has stopped, unless the lease was lost. It holds until
    /// somebody takes the partition.
    #[doc(hidden)]
    fn stopped<'a>(&'a self, lease: &'a Lease, error: &'a str) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// Returns the store as one that shares out what is divided, if it is such a store.
pub(crate) fn shared_out(store: &dyn Store) -> Option<&dyn PartitionStore> {
    #[cfg(feature = "postgres")]
    if let Some(store) = store.as_any().downcast_ref::<super::postgres::PostgresStore>() {
        return Some(store);
    }
    let _ = store;
    None
}
