//! Whose events a handler takes: one type of event, in streams of two kinds of aggregate.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use cqrs::{
    handler::{BoxError, EventArgument, EventContext, EventHandler, EventHandlerInfo, StartFrom},
    prelude::*,
    registry::Registry,
    store::{Store, memory::MemoryStore},
    testing::project,
};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::{aggregates::Account, commands::Transfer, handlers::write, tables::BalancesTable};

#[derive(Event, Serialize, Deserialize)]
pub struct Deposited {
    pub amount: i64,
}

#[derive(Event, Serialize, Deserialize)]
pub struct Sealed;

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u64)]
pub struct Purse(i64);

#[event_handler]
impl Purse {
    fn deposited(&mut self, event: &Deposited) {
        self.0 += event.amount;
    }
}

/// Its ids are no numbers: to read one as the id of a purse would fail.
#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = String)]
pub struct Vault(i64);

#[event_handler]
impl Vault {
    fn deposited(&mut self, event: &Deposited) {
        self.0 += event.amount;
    }

    fn sealed(&mut self, _: &Sealed) {}
}

#[derive(Projection, Default)]
pub struct InPurses {
    sum: i64,
    sealed: u32,
}

#[event_handler]
impl InPurses {
    fn deposited(&mut self, event: &Deposited, _: Id<Purse>) {
        self.sum += event.amount;
    }

    /// What takes no id is for all.
    fn sealed(&mut self, _: &Sealed) {
        self.sealed += 1;
    }
}

#[derive(Projection)]
#[projection(schema = "CREATE TABLE deposits (purse INTEGER NOT NULL, amount INTEGER NOT NULL)")]
pub struct PurseTable;

#[event_handler]
impl PurseTable {
    fn deposited(
        event: &Deposited,
        purse: Id<Purse>,
        tx: &mut SqliteTransaction<'_>,
    ) -> Result<(), SqliteError> {
        let values = (i64::try_from(*purse).unwrap_or(i64::MAX), event.amount);
        tx.execute("INSERT INTO deposits VALUES (?1, ?2)", values).map(drop)
    }
}

pub type Seen = Arc<Mutex<Vec<String>>>;

#[event_handler(from = start)]
pub fn thank(event: &Deposited, vault: Id<Vault>, seen: Inject<Seen>) {
    seen.lock().unwrap().push(format!("{} for {vault}", event.amount));
}

#[event_handler(from = start)]
fn watch(event: &RecordedEvent, vault: Id<Vault>, seen: Inject<Seen>) {
    seen.lock().unwrap().push(format!("{} of {vault}", event.envelope.name));
}

/// What needs other services.
fn others_left_out() -> Registry {
    let registry = Registry::collect().without::<Account>().without::<Transfer>();
    registry.without_function(write).without::<BalancesTable>()
}

async fn deposits(store: &Arc<dyn Store>) {
    let (purses, vaults) = (Repository::<Purse>::new(store.clone()), Repository::<Vault>::new(store.clone()));
    let mut purse = purses.create(7);
    let mut vault = vaults.create("north".to_owned());
    for amount in [1, 2] {
        purse.record(Deposited { amount }).unwrap();
        vault.record(Deposited { amount: 10 * amount }).unwrap();
    }
    vault.record(Sealed).unwrap();
    vaults.save(&mut vault).await.unwrap();
    purses.save(&mut purse).await.unwrap();
}

#[tokio::test]
async fn handlers_that_take_the_id_of_one_aggregate_get_the_events_of_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("purses.db")).unwrap();
    let shared: Arc<dyn Store> = Arc::new(store.clone());
    deposits(&shared).await;
    let seen = Seen::default();
    let app = Application::builder().shared_store(shared).provide(seen.clone());
    let app = app.registry(others_left_out()).start().await.unwrap();

    let projection = app.projection::<InPurses>();
    assert_eq!((projection.read().sum, projection.read().sealed), (3, 1));

    let sum = "SELECT count(*), sum(amount) FROM deposits WHERE purse = 7";
    let found: (u32, i64) =
        store.query(|db| db.query_row(sum, [], |row| Ok((row.get(0)?, row.get(1)?)))).await.unwrap();
    assert_eq!(found, (2, 3));

    let five = async {
        while seen.lock().unwrap().len() < 5 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), five).await.expect("two thanked for, three watched");
    let mut seen = seen.lock().unwrap().clone();
    seen.sort_unstable();
    let expected =
        ["10 for north", "20 for north", "deposited of north", "deposited of north", "sealed of north"];
    assert_eq!(seen, expected);
    for name in ["thank", "watch"] {
        assert!(app.dead_letters(name).list().await.unwrap().is_empty());
    }
    app.shutdown().await.unwrap();
}

#[test]
fn the_testing_kit_hands_a_projection_its_events_only() {
    project::<InPurses>()
        .given::<Purse>(&7, Deposited { amount: 1 })
        .given::<Vault>(&"north".to_owned(), (Deposited { amount: 10 }, Sealed))
        .then(|projection| assert_eq!((projection.sum, projection.sealed), (1, 1)));
}

/// Written by hand, past the compiler: nothing could ever reach it.
struct Astray;

impl EventHandler for Astray {
    type Event = Sealed;

    const NAME: &'static str = "astray";
    const ALIASES: &'static [&'static str] = &[];
    const FROM: StartFrom = StartFrom::Now;
    const INFO: EventHandlerInfo = EventHandlerInfo::new("astray", Some(<Sealed as Event>::KINDS))
        .taking(&[<Id<Purse> as EventArgument>::INFO, <Id<Vault> as EventArgument>::INFO]);

    fn handle<'a>(_: &'a Sealed, _: &'a EventContext<'a>) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn a_handler_that_nothing_can_reach_is_refused() {
    let mut registry = Registry::empty();
    registry.aggregate::<Purse>();
    registry.aggregate::<Vault>();
    registry.event_handler::<Astray>();
    let error =
        Application::builder().store(MemoryStore::new()).registry(registry).start().await.unwrap_err();
    let said = error.to_string();
    assert_eq!(said.matches("handler `astray` at ").count(), 2, "{said}");
    assert_eq!(said.matches("whose_events.rs:").count(), 2, "{said}");
    assert!(
        said.contains("takes the id of `testing_kit::whose_events::Purse`, which has no event"),
        "{said}"
    );
    assert!(said.contains("takes the ids of `testing_kit::whose_events::Purse` and "), "{said}");
}
