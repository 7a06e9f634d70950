//! Read models: in memory, and in the database of each store, with rows and checkpoint in one transaction.

#[cfg(feature = "postgres")]
mod building;
mod causes;
#[cfg(feature = "postgres")]
mod concealing;
mod database;
mod full_disk;
mod memory;
mod objects;
mod place;
#[cfg(feature = "postgres")]
mod postgres;
mod processes;
mod sqlite;

use std::sync::Arc;

use cqrs::{Application, registry::Registry};

pub use place::Place;
#[cfg(feature = "postgres")]
pub use postgres::Database;
pub use sqlite::{File, Ledger, ParkingLedger};

use super::world::{Probe, app_with, quick};

async fn running(
    store: impl cqrs::store::Store,
    probe: &Arc<Probe>,
    register: impl FnOnce(&mut Registry),
) -> Application {
    app_with(store, probe, quick(), register).await
}
