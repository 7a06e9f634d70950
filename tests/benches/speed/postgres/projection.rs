//! A projection in a PostgreSQL table: catching up, against a raw loop, and being up to date, against a raw commit.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use cqrs::{Application, prelude::*, registry::Registry, store::Store};
use cqrs_tests::bank::{Account, AccountId, CreditAccount, MoneyCredited, OpenAccount};
use tokio_postgres::{Client, Statement};

use super::{place::Schema, raw};
use crate::{
    domain,
    table::{Row, Target, compare, median, rates},
};

const EVENTS: u32 = 20_000;
const SAMPLES: usize = 200;

const TABLE: &str = "CREATE TABLE totals (account text PRIMARY KEY, total bigint NOT NULL)";
const UPSERT: &str = "INSERT INTO totals (account, total) VALUES ($1, $2) \
    ON CONFLICT (account) DO UPDATE SET total = totals.total + excluded.total";

const FILL: &str = r#"
    INSERT INTO events
        (category, key, version, id, name, schema_version, payload, metadata, correlation_id, time)
    SELECT 'account', number % 1000, number / 1000 + 1, gen_random_uuid(), 'money-credited', 1,
        '{"amount":1}'::json, $1::text::json, gen_random_uuid(), '2026-01-01T00:00:00.000000000Z'
    FROM generate_series(0, $2 - 1) AS number
"#;

const SELECT: &str =
    "SELECT position, key, name, payload::text FROM events WHERE position > $1 ORDER BY position LIMIT 1000";

#[derive(Projection)]
#[projection(name = "totals", schema = TABLE)]
pub struct Totals;

#[event_handler]
impl Totals {
    async fn credited(
        event: &MoneyCredited,
        account: Id<Account>,
        tx: &mut PgTransaction<'_>,
    ) -> Result<(), PostgresError> {
        sqlx::query(UPSERT).bind(&account.0).bind(event.amount).execute(&mut **tx).await.map(drop)
    }
}

async fn application(store: Arc<dyn Store>) -> Application {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    registry.projection::<Totals>();
    Application::builder().shared_store(store).registry(registry).start().await.unwrap()
}

pub fn catch_up() -> Row {
    let runtime = domain::runtime();
    rates(
        "projection catch-up of 20,000 events into a PostgreSQL table, against a raw loop in 1,000-row transactions",
        "events",
        Target::AtLeast(0.6),
        compare(
            || runtime.block_on(async { tokio::spawn(ours()).await.unwrap() }),
            || runtime.block_on(async { tokio::spawn(by_hand()).await.unwrap() }),
        ),
    )
}

async fn filled() -> Schema {
    let schema = Schema::new();
    drop(schema.store().await);
    let client = schema.connect().await;
    let metadata = serde_json::to_string(&cqrs::Metadata::new()).unwrap();
    client.execute(FILL, &[&metadata, &i32::try_from(EVENTS).unwrap()]).await.unwrap();
    client.batch_execute("ANALYZE events").await.unwrap();
    schema
}

async fn ours() -> f64 {
    let schema = filled().await;
    let store = Arc::new(schema.store().await);
    let started = Instant::now();
    let app = application(store).await;
    let rate = rate(started);
    check(&schema.connect().await).await;
    app.shutdown().await.unwrap();
    rate
}

async fn by_hand() -> f64 {
    let schema = filled().await;
    let mut client = schema.connect().await;
    let started = Instant::now();
    client.batch_execute(TABLE).await.unwrap();
    client
        .batch_execute(
            "CREATE TABLE checkpoint (position bigint NOT NULL); INSERT INTO checkpoint VALUES (0)",
        )
        .await
        .unwrap();
    let (select, upsert) = (client.prepare(SELECT).await.unwrap(), client.prepare(UPSERT).await.unwrap());
    let mut position = 0_i64;
    loop {
        let reached = thousand(&mut client, &select, &upsert, position).await;
        if reached == position {
            let rate = rate(started);
            check(&client).await;
            return rate;
        }
        position = reached;
    }
}

/// Applies a thousand events after `position`, and gives the last one's position.
async fn thousand(client: &mut Client, select: &Statement, upsert: &Statement, position: i64) -> i64 {
    let transaction = client.transaction().await.unwrap();
    let mut reached = position;
    for row in transaction.query(select, &[&position]).await.unwrap() {
        reached = row.get(0);
        if row.get::<_, &str>(2) == "money-credited" {
            let event: MoneyCredited = serde_json::from_str(row.get(3)).unwrap();
            transaction.execute(upsert, &[&row.get::<_, &str>(1), &event.amount]).await.unwrap();
        }
    }
    let update = "UPDATE checkpoint SET position = $1 WHERE position = $2";
    transaction.execute(update, &[&reached, &position]).await.unwrap();
    transaction.commit().await.unwrap();
    reached
}

async fn check(client: &Client) {
    let total: i64 = client.query_one("SELECT sum(total)::bigint FROM totals", &[]).await.unwrap().get(0);
    assert_eq!(total, i64::from(EVENTS));
}

fn rate(started: Instant) -> f64 {
    f64::from(EVENTS) / started.elapsed().as_secs_f64()
}

pub fn latency() -> Row {
    let runtime = domain::runtime();
    let schema = Schema::new();
    let app = runtime.block_on(async {
        let app = application(Arc::new(schema.store().await)).await;
        domain::open(&app, 1).await;
        app
    });
    let (ours, other, ratio) = compare(
        || runtime.block_on(async { tokio::spawn(until_visible(app.clone())).await.unwrap() }),
        || runtime.block_on(raw_commit()),
    );
    runtime.block_on(async { app.shutdown().await.unwrap() });
    Row {
        name: "commit to visible row in a PostgreSQL projection, idle machine, median, against one raw commit",
        ours: format!("{ours:.0} µs"),
        other: format!("{other:.0} µs"),
        ratio,
        target: Target::AtMost(4.0),
    }
}

/// Microseconds of a raw insert of one row, which is a commit.
pub async fn raw_commit() -> f64 {
    let schema = Schema::new();
    schema.plain().await;
    1e6 / raw::inserts(&schema, 1, SAMPLES).await
}

/// Microseconds from the receipt, which comes with the commit, to the row.
async fn until_visible(app: Application) -> f64 {
    let mut samples = Vec::new();
    for _ in 0..SAMPLES {
        let receipt = app.dispatch(CreditAccount { account: AccountId::new(0), amount: 1 }).await.unwrap();
        let committed = Instant::now();
        app.wait_for::<Totals>(&receipt).await.unwrap();
        samples.push(committed.elapsed().as_secs_f64() * 1e6);
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
    median(samples)
}
