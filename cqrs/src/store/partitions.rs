//! Projections that several processes share, partition by partition.
//!
//! A partition is a subscription of its own: it has a checkpoint, a lease and an epoch. Which process owns how many is
//! agreed on through the store: each says from time to time that it is there, sees who else is, and takes its fair
//! share.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::message::Position;

use super::{Lease, StoreError, SubscriptionStore};

/// What one sees of a partition.
#[derive(Clone, Debug)]
pub struct PartitionView {
    pub(crate) name: String,
    /// Its checkpoint.
    pub(crate) position: Position,
    pub(crate) epoch: u64,
    pub(crate) owner: Option<Uuid>,
    /// Whether nobody has its lease, or the lease has ended.
    pub(crate) free: bool,
    /// Why its owner has stopped, if it has. A partition that is free has no owner, whatever the last one has said.
    pub(crate) stopped: Option<Arc<str>>,
}

/// Where projections are shared. Only the stores of this crate are such.
pub trait PartitionStore: SubscriptionStore {
    /// Says that a process is there, and will be for `duration`; gives the others that are.
    #[doc(hidden)]
    fn beat<'a>(
        &'a self,
        projection: &'a str,
        owner: Uuid,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, StoreError>>;

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

    /// Says to those who wait for the partition elsewhere why it has stopped, unless the lease was lost. It holds until
    /// somebody takes the partition.
    #[doc(hidden)]
    fn stopped<'a>(&'a self, lease: &'a Lease, error: &'a str) -> BoxFuture<'a, Result<(), StoreError>>;
}
