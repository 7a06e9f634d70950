//! That appends have no connection, for whoever asks how the process is.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::store::StoreError;

/// For how long the last failure tells how it is, while nobody tries again.
const RECENT: Duration = Duration::from_secs(30);

/// How the last attempt to get a connection failed, if it did.
#[derive(Clone, Default)]
pub(super) struct Shortage(Arc<Mutex<Option<(Instant, StoreError)>>>);

impl Shortage {
    pub(super) fn set(&self, failure: Option<StoreError>) {
        let failure = failure.map(|error| (Instant::now(), error));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    pub(super) fn present(&self) -> Option<StoreError> {
        let failure = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failure.as_ref().filter(|(since, _)| since.elapsed() < RECENT).map(|(_, error)| error.clone())
    }
}
