//! Until when this process knows that it holds its slots, and what was asked of their letters.
//!
//! Invariant: a lease is known to be held for its duration from before the statement was sent that took or renewed it; the store counts
//! from later. So who acts only while he knows acts only while he holds it, however long he slept in between.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::store::{Lease, PartitionStore, StoreError};

/// By slot: the epoch, and when the lease was last known to begin.
pub(in crate::subscription::handling) struct Tenures {
    names: &'static [&'static str],
    known: Mutex<Vec<Option<(u64, Instant)>>>,
    /// Whether somebody, perhaps in another process, has asked for a letter of the slot.
    asked: Vec<AtomicBool>,
}

impl Tenures {
    pub(super) fn new(names: &'static [&'static str]) -> Self {
        let asked = names.iter().map(|_| AtomicBool::new(false)).collect();
        Self { names, known: Mutex::new(vec![None; names.len()]), asked }
    }

    fn known(&self) -> MutexGuard<'_, Vec<Option<(u64, Instant)>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A slot was taken, after this.
    pub(super) fn begin(&self, slot: usize, lease: &Lease, since: Instant) {
        self.known()[slot] = Some((lease.epoch, since));
    }

    /// Whether the lease of a slot is known to be held.
    pub(in crate::subscription::handling) fn holds(
        &self,
        slot: usize,
        lease: &Lease,
        duration: Duration,
    ) -> bool {
        self.known()[slot].is_some_and(|(epoch, since)| epoch == lease.epoch && since.elapsed() < duration)
    }

    /// Whether a letter of a slot was asked for since this was asked.
    pub(in crate::subscription::handling) fn was_asked(&self, slot: usize) -> bool {
        self.asked[slot].swap(false, Ordering::Relaxed)
    }

    /// Keeps the leases, and takes note of those that are held.
    pub(super) async fn renew(
        &self,
        store: &dyn PartitionStore,
        leases: &[Lease],
        duration: Duration,
    ) -> Result<(), StoreError> {
        if leases.is_empty() {
            return Ok(());
        }
        let since = Instant::now();
        let held = store.renew_all(leases, duration).await?;
        self.each(leases, &held, |slot, lease| self.known()[slot] = Some((lease.epoch, since)));
        let asked = store.letters_asked_for(leases).await?;
        self.each(leases, &asked, |slot, _| self.asked[slot].store(true, Ordering::Relaxed));
        Ok(())
    }

    fn each(&self, leases: &[Lease], which: &[bool], mut act: impl FnMut(usize, &Lease)) {
        for (lease, _) in leases.iter().zip(which).filter(|(_, is_it)| **is_it) {
            if let Some(slot) = self.names.iter().position(|name| *name == lease.name) {
                act(slot, lease);
            }
        }
    }
}
