//! A ledger in eight partitions, and what must be true of its rows.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use cqrs::{
    handler::BoxError, prelude::*, registry::Registry, store::postgres::PostgresStore,
    subscription::SubscriptionSettings,
};
use cqrs_tests::{audit::all_events, bank::*, postgres::Schema};

/// A row says who entered it, and in which order rows were entered. Nothing keeps an event from being entered twice.
pub const SCHEMA: &str = "CREATE TABLE ledger (entered bigserial, worker text NOT NULL, \
    position bigint NOT NULL, account text NOT NULL, amount bigint NOT NULL)";

/// Who works, and which amounts it cannot handle.
#[derive(Debug)]
pub struct Worker {
    pub name: String,
    pub failing: Mutex<HashSet<i64>>,
    /// The amount at which the handler waits, its row written, until the table `go` has a row.
    pub pausing: Option<i64>,
    pub store: PostgresStore,
}

impl Worker {
    pub fn new(name: impl Into<String>, store: &PostgresStore) -> Arc<Self> {
        Self::pausing(name, store, None)
    }

    pub fn pausing(name: impl Into<String>, store: &PostgresStore, pausing: Option<i64>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), failing: Mutex::default(), pausing, store: store.clone() })
    }

    async fn pause(&self) {
        println!("in the middle");
        let gone_on = "SELECT EXISTS (SELECT FROM go)";
        while !sqlx::query_scalar::<_, bool>(gone_on).fetch_one(self.store.pool()).await.unwrap() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        println!("goes on");
    }
}

#[derive(Debug, thiserror::Error)]
#[error("told to fail at {0}")]
pub struct ToldToFail(i64);

async fn enter(
    (event, account, position): (&MoneyCredited, &AccountId, Position),
    worker: &Worker,
    tx: &mut PgTransaction<'_>,
) -> Result<(), BoxError> {
    let insert = "INSERT INTO ledger (worker, position, account, amount) VALUES ($1, $2, $3, $4)";
    let insert = sqlx::query(insert).bind(&worker.name).bind(position.get().cast_signed());
    insert.bind(&account.0).bind(event.amount).execute(&mut **tx).await?;
    if worker.pausing == Some(event.amount) {
        worker.pause().await;
    }
    if worker.failing.lock().unwrap().contains(&event.amount) {
        return Err(ToldToFail(event.amount).into());
    }
    Ok(())
}

macro_rules! ledger {
    ($type:ident, $($key:tt)*) => {
        #[derive(Projection, Debug)]
        #[projection(name = "ledger", schema = SCHEMA, $($key)*)]
        pub struct $type;

        #[event_handler]
        impl $type {
            async fn credited(
                event: &MoneyCredited,
                account: Id<Account>,
                position: Position,
                worker: Inject<Arc<Worker>>,
                tx: &mut PgTransaction<'_>,
            ) -> Result<(), BoxError> {
                enter((event, &account, position), &worker, tx).await
            }
        }
    };
}

fn of_no_account(_: &RecordedEvent) -> &'static str {
    "all the same"
}

ledger!(Ledger, partitions = 8, on_failure = park);
ledger!(Stopping, partitions = 8, on_failure = stop);
ledger!(InFour, partitions = 4);
ledger!(InFourRaised, partitions = 4, version = 2);
ledger!(Whole, on_failure = stop);
ledger!(WholeRaised, on_failure = stop, version = 2);
ledger!(OneKey, partitions = 8, partition_by = of_no_account);

/// How long a process is believed to be there without being heard of.
pub const LEASE: Duration = Duration::from_millis(900);

pub fn settings() -> SubscriptionSettings {
    SubscriptionSettings {
        attempts: 2,
        first_delay: Duration::from_millis(5),
        longest_delay: Duration::from_millis(50),
        lease: LEASE,
        batch: 50,
        ..SubscriptionSettings::default()
    }
}

pub fn write_model() -> Registry {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    registry
}

pub fn builder(
    worker: &Arc<Worker>,
    settings: SubscriptionSettings,
    register: impl FnOnce(&mut Registry),
) -> cqrs::application::ApplicationBuilder {
    let mut registry = write_model();
    register(&mut registry);
    let builder = Application::builder().store(worker.store.clone()).registry(registry);
    builder.subscription_settings(settings).provide(Arc::clone(worker))
}

pub async fn start(worker: &Arc<Worker>, register: impl FnOnce(&mut Registry)) -> Application {
    builder(worker, settings(), register).start().await.unwrap()
}

/// A schema whose stores take few connections: there are many of them at once.
pub fn schema() -> Schema {
    Schema::with(PostgresStore::builder().writers(1).readers(1).projectors(2))
}

/// An application that runs the ledger on a store of its own, as another process would.
pub async fn join(schema: &Schema, name: &str) -> Application {
    let worker = Worker::new(name, &schema.store().await);
    start(&worker, Registry::projection::<Ledger>).await
}

pub async fn credit(app: &Application, account: &str, amount: i64) -> Receipt {
    let credit = CreditAccount { account: AccountId::new(account), amount };
    match app.dispatch(credit.clone()).await {
        Err(DispatchError::NotFound(_)) => {
            let open = OpenAccount { account: AccountId::new(account), owner: "alice".into() };
            // Somebody else may be faster.
            let _ = app.dispatch(open).await;
            app.dispatch(credit).await.unwrap()
        }
        outcome => outcome.unwrap(),
    }
}

/// Credits many accounts in turn, and gives the last receipt.
pub async fn credit_many(app: &Application, amounts: std::ops::Range<i64>) -> Receipt {
    let mut last = None;
    for amount in amounts {
        last = Some(credit(app, &format!("account-{}", amount % 20), amount).await);
    }
    last.expect("some credits")
}

/// A row: who entered it, position, account, amount; in the order in which they were entered.
pub type Row = (String, i64, String, i64);

pub async fn rows(schema: &Schema) -> Vec<Row> {
    let rows = "SELECT worker, position, account, amount FROM ledger ORDER BY entered";
    sqlx::query_as(rows).fetch_all(&mut schema.connection().await).await.unwrap()
}

/// The rows are those of the log, each once, and those of each account were entered in the order of the log.
pub async fn assert_as_the_log(schema: &Schema, app: &Application) {
    let rows = rows(schema).await;
    let mut last = BTreeMap::new();
    for (worker, position, account, _) in &rows {
        let before = last.insert(account, *position);
        assert!(before < Some(*position), "{worker} entered {account} at {position} after {before:?}");
    }
    let mut entered: Vec<_> = rows.into_iter().map(|(_, position, _, amount)| (position, amount)).collect();
    entered.sort_unstable();
    let credits = all_events(app.store().as_ref()).await.into_iter();
    let credits: Vec<_> = credits
        .filter(|event| event.envelope.name == "money-credited")
        .map(|event| (event.position.get().cast_signed(), event.decode::<MoneyCredited>().unwrap().amount))
        .collect();
    let difference = entered.iter().zip(&credits).find(|(row, credit)| row != credit);
    assert_eq!((difference, entered.len()), (None, credits.len()));
}

/// How many partitions each process owns at present, the fewest first.
pub async fn shares(schema: &Schema) -> Vec<i64> {
    let shares = "SELECT count(*) AS share FROM subscriptions \
        WHERE name LIKE 'ledger/%' AND lease_until > clock_timestamp() GROUP BY owner ORDER BY share";
    sqlx::query_scalar(shares).fetch_all(&mut schema.connection().await).await.unwrap()
}

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until the partitions are shared out like this.
pub async fn until_shares(schema: &Schema, wanted: &[i64]) {
    let shared = async {
        while shares(schema).await != wanted {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let outcome = tokio::time::timeout(PATIENCE, shared).await;
    assert!(outcome.is_ok(), "{:?} instead of {wanted:?}", shares(schema).await);
}
