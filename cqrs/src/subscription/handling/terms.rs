//! On what terms an owner works: how its lease is kept, and its checkpoint moved.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::store::{Lease, Settlement, Store, StoreError};

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use super::divided::{SlotSettler, SlotTenures};
use super::spawned::Spawned;

/// On what terms an owner works.
#[derive(Clone)]
pub(super) enum Terms {
    /// It sees to its lease itself.
    Own,
    /// It is one of several slots, whose leases are kept together.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    Slot(SlotTerms),
}

/// What is shared by the slots of a process.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
#[derive(Clone)]
pub(super) struct SlotTerms {
    pub(super) index: usize,
    pub(super) settler: Arc<SlotSettler>,
    pub(super) tenures: Arc<SlotTenures>,
}

impl Terms {
    /// Whether a call may begin.
    pub(super) fn may_begin(&self, lease: &Lease, duration: Duration) -> bool {
        let _ = (lease, duration);
        match self {
            Self::Own => true,
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            Self::Slot(terms) => terms.tenures.holds(terms.index, lease, duration),
        }
    }

    /// Keeps the lease; `false` if it is lost. That of a slot is kept for it, and who keeps it says so if it is lost.
    pub(super) async fn renew(
        &self,
        store: &dyn Store,
        lease: &Lease,
        duration: Duration,
    ) -> Result<bool, StoreError> {
        match self {
            Self::Own => store.renew_lease(lease, duration).await,
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            Self::Slot(_) => Ok(true),
        }
    }

    /// Whether letters are to be looked at that somebody may have asked for: now and then, or when it is known for a slot.
    pub(super) fn may_be_asked(&self, looked: Instant, now_and_then: Duration) -> bool {
        match self {
            Self::Own => looked.elapsed() >= now_and_then,
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            Self::Slot(terms) => terms.tenures.was_asked(terms.index),
        }
    }

    pub(super) fn settle(
        &self,
        store: &Arc<dyn Store>,
        settlement: Settlement,
    ) -> Spawned<Result<bool, StoreError>> {
        match self {
            Self::Own => {
                let store = Arc::clone(store);
                Spawned::new(async move { store.settle(&settlement).await })
            }
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            Self::Slot(terms) => {
                let settler = Arc::clone(&terms.settler);
                Spawned::new(async move { settler.settle(settlement).await })
            }
        }
    }
}
