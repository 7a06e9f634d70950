//! Start-up validation: all problems at once, each with its place.

use std::sync::Arc;

use cqrs::{application::StartError, prelude::*, registry::Registry, store::memory::MemoryStore};
use cqrs_tests::bank::*;
use serde::{Deserialize, Serialize};

use super::{projections::Ledger, world::*};

/// Another event with a name that is taken.
#[derive(Event, Serialize, Deserialize, Debug, Clone)]
#[event(name = "money-credited")]
pub struct CreditedToo {
    pub amount: i64,
}

#[derive(Projection, Default, Debug)]
#[projection(name = "balances")]
pub struct BalancesToo {
    pub count: u32,
}

#[event_handler]
impl BalancesToo {
    fn credited(&mut self, _: &CreditedToo) {
        self.count += 1;
    }
}

#[tokio::test]
async fn every_problem_comes_in_one_error_with_its_place() {
    let mut registry = Registry::empty();
    registry.projection::<Balances>();
    registry.projection::<BalancesToo>();
    registry.projection::<Ledger>();
    registry.event_handler::<Watcher>();
    registry.event_handler::<Namesake>();
    let start =
        Application::builder().store(MemoryStore::new()).registry(registry).expect::<Account>().start();
    let error = start.await.unwrap_err();
    let StartError::Problems(problems) = &error else { panic!("{error}") };
    let said = error.to_string();
    for part in [
        "two events are named `money-credited`",
        "two subscriptions are named `balances`",
        "two subscriptions are named `watcher`",
        "projection `ledger`",
        "needs SQLite, but the store is memory",
        "asks for the service `alloc::sync::Arc<subscriptions::world::Probe>`",
        "`cqrs_tests::bank::Account` is expected, but not registered",
        "starting.rs:",
        "world.rs:",
        "projections/sqlite.rs:",
        "bank.rs:",
    ] {
        assert!(said.contains(part), "`{part}` is missing in {said}");
    }
    // Two events, two projections, two handlers of one name; one store; a service asked for twice; one expectation.
    assert_eq!(problems.len(), 7, "{said}");
}

#[tokio::test]
async fn nothing_runs_if_anything_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("bank.db")).unwrap();
    let mut registry = write_model();
    registry.projection::<Ledger>();
    registry.event_handler::<Watcher>();
    let builder = || Application::builder().shared_store(Arc::new(store.clone())).registry(registry.clone());
    assert!(matches!(builder().start().await, Err(StartError::Problems(_))));
    let tables = store
        .query(|connection| {
            connection.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'ledger'", [], |row| {
                row.get::<_, i64>(0)
            })
        })
        .await
        .unwrap();
    assert_eq!(tables, 0);
    builder().provide(Probe::new()).start().await.unwrap();
    assert!(matches!(Application::builder().start().await, Err(StartError::NoStore)));
}
