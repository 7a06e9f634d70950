//! Of which version the states are that are written in a slot.
//!
//! Invariant: before the first state of a version is written in a slot, the slot keeps that version, under the lease of who writes
//! it. So whoever takes the slot later, and knows less, sees that it is not for him. Where there are no slots, each process waits by itself
//! for a program that knows its state.

use std::sync::{Mutex, PoisonError};

use crate::{
    store::{Lease, Store, StoreError, Subscription},
    subscription::Unhandled,
};

use super::failures::unhandled;

/// The lease of a slot, and the version that the slot keeps.
#[derive(Debug, Default)]
pub(super) struct Written(Mutex<Option<(Lease, u32)>>);

impl Written {
    fn with<T>(&self, work: impl FnOnce(&mut Option<(Lease, u32)>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn gained(&self, lease: &Lease, subscription: &Subscription) {
        self.with(|kept| *kept = Some((lease.clone(), subscription.version)));
    }

    /// A state of this version is about to be written.
    pub(super) async fn raise(&self, store: &dyn Store, version: u32) -> Result<(), Unhandled> {
        let Some((lease, _)) = self.with(|kept| kept.clone()).filter(|(_, kept)| *kept < version) else {
            return Ok(());
        };
        if !raise(store, &lease, version).await.map_err(unhandled)? {
            return Err(Unhandled::Away("the slot is worked on by another process by now".into()));
        }
        self.with(|kept| {
            if let Some((_, kept)) = kept.as_mut().filter(|(its, _)| *its == lease) {
                *kept = version;
            }
        });
        Ok(())
    }
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
async fn raise(store: &dyn Store, lease: &Lease, version: u32) -> Result<bool, StoreError> {
    match crate::store::shared_out(store) {
        Some(store) => store.raise_version(lease, version).await,
        None => Ok(true),
    }
}

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
#[expect(clippy::unused_async, reason = "nothing is kept")]
async fn raise(_: &dyn Store, _: &Lease, _: u32) -> Result<bool, StoreError> {
    Ok(true)
}
