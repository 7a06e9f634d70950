//! Read models: in memory, and in the database of each store, with rows and checkpoint in one transaction.

mod building;
mod concealing;
mod database;
mod full_disk;
mod memory;
mod place;
mod postgres;
mod processes;
mod sqlite;

use std::sync::Arc;

use cqrs::{Application, registry::Registry};

pub use sqlite::Ledger;

use super::world::{Probe, app_with, quick};

async fn running(
    store: impl cqrs::store::Store,
    probe: &Arc<Probe>,
    register: impl FnOnce(&mut Registry),
) -> Application {
    app_with(store, probe, quick(), register).await
}
