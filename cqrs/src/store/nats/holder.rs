//! The holders of leases, and for how long each was seen to do nothing.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::LONGEST_LEASE;

/// Who has a lease.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Holder {
    pub(super) owner: Uuid,
    /// How long the lease lasts, in milliseconds.
    milliseconds: u64,
}

impl Holder {
    pub(super) fn new(owner: Uuid, duration: Duration) -> Self {
        let duration = duration.min(LONGEST_LEASE);
        Self { owner, milliseconds: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX) }
    }

    /// How long the lease lasts. It is never believed for longer than the longest that this library writes.
    pub(super) fn duration(&self) -> Duration {
        Duration::from_millis(self.milliseconds).min(LONGEST_LEASE)
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
