//! A store under test.

use std::{ops::Deref, sync::Arc};

use crate::store::Store;

use super::StorePlace;

/// An open store, and where it lives.
pub(super) struct Opened<'a> {
    store: Arc<dyn Store>,
    place: &'a dyn StorePlace,
}

impl<'a> Opened<'a> {
    pub(super) fn new(store: Arc<dyn Store>, place: &'a dyn StorePlace) -> Self {
        Self { store, place }
    }

    /// The store, for a task of its own.
    pub(super) fn share(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    /// The same store once more, as another process has it.
    pub(super) async fn open_another(&self) -> Arc<dyn Store> {
        self.place.open().await
    }

    /// Closes the store and opens it again.
    pub(super) async fn reopen(&mut self) {
        self.store.close().await.expect("an open store should close");
        self.store = self.place.open().await;
    }
}

impl Deref for Opened<'_> {
    type Target = dyn Store;

    fn deref(&self) -> &Self::Target {
        &*self.store
    }
}
