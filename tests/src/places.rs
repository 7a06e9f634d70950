//! A place for an application on every store that keeps what waits.

use std::{any::Any, sync::Arc};

use cqrs::{prelude::*, store::Store};

/// A store, and what goes with it.
pub struct Place {
    pub store: Arc<dyn Store>,
    /// The same, as another process has it.
    pub of_another: Arc<dyn Store>,
    _goes_with_it: Box<dyn Any>,
}

impl Place {
    fn of(store: impl Store, of_another: impl Store, goes_with_it: impl Any) -> Self {
        let (store, of_another) = (Arc::new(store), Arc::new(of_another));
        Self { store, of_another, _goes_with_it: Box::new(goes_with_it) }
    }
}

/// A place on each store that is there.
#[cfg_attr(
    not(any(feature = "postgres", feature = "nats")),
    expect(clippy::unused_async, reason = "only a server is waited for")
)]
pub async fn places() -> Vec<Place> {
    let memory = MemoryStore::new();
    let folder = tempfile::tempdir().unwrap();
    let file = || SqliteStore::open(folder.path().join("store.db")).unwrap();
    let [file, again] = [file(), file()];
    #[cfg_attr(
        not(any(feature = "postgres", feature = "nats")),
        expect(unused_mut, reason = "there are more with them")
    )]
    let mut places = vec![Place::of(memory.clone(), memory, ()), Place::of(file, again, folder)];
    #[cfg(feature = "postgres")]
    if crate::postgres::server_answers() {
        let schema = crate::postgres::Schema::new();
        places.push(Place::of(schema.store().await, schema.store().await, schema));
    }
    #[cfg(feature = "nats")]
    if crate::nats::server_answers() {
        let prefix = crate::nats::Prefix::new();
        places.push(Place::of(prefix.store().await, prefix.store().await, prefix));
    }
    places
}
