//! Applications of a part of what is linked.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
};

use cqrs::{
    application::StartError, dispatch::AnyRejection, prelude::*, registry::Registry,
    store::memory::MemoryStore,
};
use tracing::{Event as Logged, field::Field, subscriber::set_default};
use tracing_subscriber::{Layer, layer::SubscriberExt};

use crate::{
    aggregates::{Account, AccountOpened, DebitAccount, OpenAccount, Turnover},
    commands::Transfer,
    handlers::write,
    tables::BalancesTable,
    whose_events::{PurseTable, thank},
};

/// What runs on a store in memory, and asks for no services.
fn in_memory() -> Registry {
    let registry = Registry::collect().without_named("watch").without_function(thank).without_function(write);
    registry
        .without::<PurseTable>()
        .without::<BalancesTable>()
        .without::<TurnoverTable>()
        .without::<Transfer>()
}

fn open() -> OpenAccount {
    OpenAccount { account: 7, owner: "alice".to_owned() }
}

async fn start(registry: Registry) -> Result<Application, StartError> {
    Application::builder().store(MemoryStore::new()).registry(registry).start().await
}

#[tokio::test]
async fn an_aggregate_that_is_left_out_asks_for_nothing_and_takes_no_commands() {
    assert!(start(in_memory()).await.unwrap_err().to_string().contains("Overdraft"));
    let app = start(in_memory().without::<Account>()).await.unwrap();
    for _ in 0..2 {
        let refused = app.dispatch(open()).await.unwrap_err();
        assert!(matches!(refused, DispatchError::NotRegistered { command: "open-account", .. }), "{refused}");
        let said = refused.to_string();
        assert!(said.contains("registry.command::<testing_kit::aggregates::OpenAccount>()"), "{said}");
        assert!(!refused.is_transient() && !refused.is_outage());
    }
    let by_name: DispatchError<AnyRejection> =
        app.dispatch_json("open-account", r#"{"account":7,"owner":"alice"}"#).await.unwrap_err();
    assert!(matches!(by_name, DispatchError::UnknownCommand(_)), "{by_name}");
    assert_eq!(app.store().head().await.unwrap(), Position::START);
}

#[tokio::test]
async fn a_command_can_be_left_out_alone() {
    let app = start(in_memory().without::<DebitAccount>()).await.unwrap();
    app.dispatch(open()).await.unwrap();
    let refused = app.dispatch(DebitAccount { account: 7, amount: 1 }).await.unwrap_err();
    assert!(matches!(refused, DispatchError::NotRegistered { command: "debit-account", .. }), "{refused}");
}

#[tokio::test]
async fn a_registry_by_hand_takes_the_commands_it_has_and_no_others() {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    let app = start(registry).await.unwrap();
    app.dispatch(open()).await.unwrap();
    app.dispatch(DebitAccount { account: 7, amount: 1 }).await.unwrap_err();
}

#[tokio::test]
async fn what_is_not_there_cannot_be_left_out() {
    let registry = in_memory().without::<Account>().without::<AccountOpened>().without_named("wach");
    let said = start(registry).await.unwrap_err().to_string();
    for name in ["`testing_kit::aggregates::AccountOpened` is to be left out", "`wach` is to be left out"] {
        assert!(said.contains(name), "{said}");
    }
    let StartError::Problems(problems) =
        start(in_memory().without::<Account>().without::<Account>()).await.unwrap_err()
    else {
        panic!("left out twice")
    };
    assert_eq!(problems.len(), 1);
}

/// The same read model in a database, under the name of the one in memory.
#[derive(Projection)]
#[projection(name = "turnover", schema = "CREATE TABLE turnover (account INTEGER NOT NULL)")]
pub struct TurnoverTable;

#[event_handler]
impl TurnoverTable {
    fn opened(
        _: &AccountOpened,
        account: Id<Account>,
        tx: &mut SqliteTransaction<'_>,
    ) -> Result<(), SqliteError> {
        tx.execute("INSERT INTO turnover VALUES (?1)", [account.to_string()]).map(drop)
    }
}

/// What was logged: the fields of each event, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Logged<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        let mut fields = Vec::new();
        event.record(&mut |field: &Field, value: &dyn Debug| fields.push(format!("{field}={value:?}")));
        self.0.lock().unwrap().push(fields.join(" "));
    }
}

#[tokio::test]
async fn start_says_which_of_two_projections_of_one_name_runs() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::default();
    let _guard = set_default(tracing_subscriber::registry().with(log.clone()));
    let mut registry = Registry::empty();
    registry.projection::<Turnover>();
    registry.projection::<TurnoverTable>();
    let store = SqliteStore::open(folder.path().join("turnover.db")).unwrap();
    let app = Application::builder().store(store).registry(registry.clone()).start().await.unwrap();
    app.shutdown().await.unwrap();
    start(registry).await.unwrap();
    let said = log.0.lock().unwrap();
    let said: Vec<_> = said.iter().filter(|line| line.contains("sleeping=")).collect();
    let [sqlite, memory] = &said[..] else { panic!("{said:?}") };
    for part in ["projection=\"turnover\"", "running=\"testing_kit::parts::TurnoverTable\"", "SQLite"] {
        assert!(sqlite.contains(part), "{sqlite}");
    }
    for part in [
        "running=\"testing_kit::aggregates::Turnover\"",
        "sleeping=\"testing_kit::parts::TurnoverTable\"",
        "memory",
    ] {
        assert!(memory.contains(part), "{memory}");
    }
}
