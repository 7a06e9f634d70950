//! The partitions of a member, as its consumer sees them.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::Notify;

use crate::bus::nats::owned::Owned;

/// The partitions of a member, as its consumer sees them.
#[derive(Default)]
pub(in crate::bus::nats) struct Desk {
    owned: Mutex<Vec<Arc<Owned>>>,
    /// There may be something to hand out, or an end.
    pub(in crate::bus::nats) arrived: Arc<Notify>,
    /// Whether the member has every partition it should have.
    complete: AtomicBool,
}

impl Desk {
    pub(in crate::bus::nats) fn owned(&self) -> Vec<Arc<Owned>> {
        self.owned.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, owned: Vec<Arc<Owned>>, complete: bool) {
        *self.owned.lock().unwrap_or_else(PoisonError::into_inner) = owned;
        self.complete.store(complete, Ordering::SeqCst);
        self.arrived.notify_waiters();
    }

    /// Waits until a partition can be given up.
    pub(super) async fn drained(&self) {
        loop {
            let mut settled = std::pin::pin!(self.arrived.notified());
            settled.as_mut().enable();
            if self.owned().iter().any(|owned| owned.is_ending() && owned.drain()) {
                return;
            }
            settled.await;
        }
    }

    /// Whether nothing is left of a closed bus.
    pub(in crate::bus::nats) fn is_done(&self) -> bool {
        self.complete.load(Ordering::SeqCst) && self.owned().iter().all(|owned| owned.is_done())
    }
}
