//! Folding one long stream from PostgreSQL, against raw select, `serde_json` and `match`, and against eventsourced.

use std::{sync::Arc, time::Instant};

use cqrs::repository::Repository;
use cqrs_tests::bank::{Account, AccountId, AccountOpened, MoneyCredited};
use futures_util::TryStreamExt;
use tokio::runtime::Runtime;

use super::place::Schema;
use crate::{
    domain,
    eventsourced::postgres::Log,
    table::{Row, Target, compare, rates},
};

const EVENTS: usize = 100_000;

const FILL: &str = r#"
    INSERT INTO events
        (category, key, version, id, name, schema_version, payload, metadata, correlation_id, time)
    SELECT 'account', '0', step, gen_random_uuid(),
        CASE step WHEN 1 THEN 'account-opened' ELSE 'money-credited' END, 1,
        CASE step WHEN 1 THEN '{"owner":"alice"}'::json ELSE '{"amount":1}'::json END,
        $1::text::json, gen_random_uuid(), '2026-01-01T00:00:00.000000000Z'
    FROM generate_series(1, 100000) AS step
"#;

const SELECT: &str =
    "SELECT name, payload::text FROM events WHERE category = $1 AND key = $2 ORDER BY version";

pub fn against_raw() -> Row {
    let (schema, runtime) = (Schema::new(), domain::runtime());
    let accounts = runtime.block_on(filled(&schema));
    let client = Arc::new(runtime.block_on(schema.connect()));
    rates(
        "fold one stream of 100,000 events from PostgreSQL, against raw select + serde_json + `match`",
        "events",
        Target::AtLeast(0.7),
        compare(
            || spawned(&runtime, ours(accounts.clone())),
            || {
                let client = Arc::clone(&client);
                spawned(&runtime, async move { by_hand(&client).await })
            },
        ),
    )
}

pub fn against_eventsourced() -> Row {
    let (schema, peers, runtime) = (Schema::new(), Schema::new(), domain::runtime());
    let accounts = runtime.block_on(filled(&schema));
    let log = runtime.block_on(Log::fill(&peers));
    rates(
        "the same, against eventsourced 0.27 with eventsourced-postgres",
        "events",
        Target::AtLeast(1.0),
        compare(|| spawned(&runtime, ours(accounts.clone())), || spawned(&runtime, log.clone().fold())),
    )
}

/// A store with one long stream.
async fn filled(schema: &Schema) -> Repository<Account> {
    let store = schema.store().await;
    let client = schema.connect().await;
    let metadata = serde_json::to_string(&cqrs::Metadata::new()).unwrap();
    client.execute(FILL, &[&metadata]).await.unwrap();
    client.batch_execute("ANALYZE events").await.unwrap();
    Repository::new(Arc::new(store))
}

fn spawned(runtime: &Runtime, work: impl Future<Output = f64> + Send + 'static) -> f64 {
    runtime.block_on(async { tokio::spawn(work).await.unwrap() })
}

async fn ours(accounts: Repository<Account>) -> f64 {
    let started = Instant::now();
    let account = accounts.load(&AccountId::new(0)).await.unwrap();
    assert_eq!(account.state().unwrap().balance, 99_999);
    rate(started)
}

async fn by_hand(client: &tokio_postgres::Client) -> f64 {
    let started = Instant::now();
    let statement = client.prepare(SELECT).await.unwrap();
    let rows = client.query_raw(&statement, ["account", "0"]).await.unwrap();
    let mut rows = std::pin::pin!(rows);
    let mut account = None;
    while let Some(row) = rows.try_next().await.unwrap() {
        let payload: &str = row.get(1);
        match row.get::<_, &str>(0) {
            "account-opened" => {
                let event: AccountOpened = serde_json::from_str(payload).unwrap();
                account = Some(Account { owner: event.owner, balance: 0 });
            }
            "money-credited" => {
                let event: MoneyCredited = serde_json::from_str(payload).unwrap();
                account.as_mut().unwrap().balance += event.amount;
            }
            other => panic!("unknown event {other}"),
        }
    }
    assert_eq!(account.unwrap().balance, 99_999);
    rate(started)
}

#[allow(clippy::cast_precision_loss, reason = "counts are small")]
fn rate(started: Instant) -> f64 {
    EVENTS as f64 / started.elapsed().as_secs_f64()
}
