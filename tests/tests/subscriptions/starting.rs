//! Start-up validation: all problems at once, each with its place.

use std::sync::Arc;

use cqrs::{
    Location,
    application::{ApplicationBuilder, StartError},
    bus::EventBus,
    event::{DecodeError, EventKind, EventKinds, JsonError, Payload, StoredEvent, decode},
    handler::StartFrom,
    prelude::*,
    registry::Registry,
    store::memory::MemoryStore,
};
use cqrs_tests::bank::*;
#[cfg(feature = "postgres")]
use cqrs_tests::{postgres::Schema, services::Service};
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
        Application::builder().store(MemoryStore::new()).registry(registry).require::<Account>().start();
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

/// Another aggregate with a category that is taken.
#[derive(Aggregate, Serialize, Deserialize, Debug, Default)]
#[aggregate(id = AccountId, category = "account")]
pub struct AccountToo;

#[event_handler]
impl AccountToo {
    fn credited(&mut self, _: &CreditedToo) {}
}

#[tokio::test]
async fn two_of_one_category_are_refused() {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.aggregate::<AccountToo>();
    let said = refusal(Application::builder().registry(registry)).await;
    assert!(
        said.contains("two categories of streams are named `account`: cqrs_tests::bank::Account"),
        "{said}"
    );
    assert!(said.contains("subscriptions::starting::AccountToo at"), "{said}");
}

/// Names that a macro would refuse.
#[derive(Serialize, Deserialize)]
struct ByHand;

impl Event for ByHand {
    const KINDS: EventKinds = EventKinds::These(&[EventKind {
        name: "by/hand",
        version: 1,
        aliases: &["by/foot"],
        type_name: "ByHand",
        location: Location::new(file!(), line!()),
    }]);

    fn kind(&self) -> &'static EventKind {
        Self::KINDS.find("by/hand").unwrap()
    }

    fn encode(&self) -> Result<Payload, JsonError> {
        Payload::encode(self)
    }

    fn decode(stored: &StoredEvent<'_>) -> Result<Self, DecodeError> {
        decode(stored)
    }
}

#[tokio::test]
async fn names_of_the_library_are_refused_where_no_macro_sees_them() {
    let mut registry = Registry::empty();
    registry.event::<ByHand>();
    registry.event_handler::<Reserved>();
    let builder = Application::builder().registry(registry).provide(Probe::new());
    let said = refusal(builder.relay("out/0", StartFrom::Now, EventBus::in_memory())).await;
    for name in [
        "event `by/hand`",
        "event `by/foot`",
        "event handler `mail/0`",
        "event handler `mail/1`",
        "relay `out/0`",
    ] {
        assert!(said.contains(&format!("{name} at ")), "{name} in {said}");
    }
    assert_eq!((said.matches("starting.rs:").count(), said.matches("world.rs:").count()), (3, 2), "{said}");
}

#[tokio::test]
async fn a_name_like_that_of_a_build_is_refused_where_projections_are_built_beside_others() {
    let mut registry = write_model();
    registry.event_handler::<LikeABuild>();
    let builder = || Application::builder().registry(registry.clone()).provide(Probe::new());
    builder().store(MemoryStore::new()).start().await.unwrap().shutdown().await.unwrap();
    #[cfg(feature = "postgres")]
    if Service::PostgreSql.answers() {
        let error = builder().store(Schema::new().store().await).start().await.unwrap_err().to_string();
        assert!(
            error.contains("event handler `ledger@2` at ") && error.contains("leave the `@` out"),
            "{error}"
        );
    }
}

async fn refusal(builder: ApplicationBuilder) -> String {
    let error = builder.store(MemoryStore::new()).start().await.unwrap_err();
    assert!(matches!(error, StartError::Problems(_)), "{error}");
    error.to_string()
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
