//! One command at a time, in turn with one raw insert each: on a machine with other work, where a whole run of one side meets
//! another disk than a run of the other, the medians of single commands still compare. For `child:lone`.

use std::{sync::Arc, time::Instant};

use cqrs::store::{
    Store,
    sqlite::{SqliteStore, Synchronous},
};
use cqrs_tests::bank::{AccountId, CreditAccount};
use rusqlite::{Connection, TransactionBehavior};

use crate::{
    domain,
    postgres::{place::Schema, raw},
    raw as raw_sqlite,
};

const SAMPLES: usize = 2_000;

/// Prints the quartiles of both sides in microseconds, and the ratio of the medians of our rate and the raw one.
pub fn child(store: &str) {
    let [ours, raw] = if store == "sqlite" { sqlite() } else { postgres() }.map(quartiles);
    println!("quartiles in µs: ours {ours:.0?}, raw {raw:.0?}, ratio {:.2}", raw[1] / ours[1]);
}

fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[values.len() * quarter / 4])
}

fn sqlite() -> [Vec<f64>; 2] {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut connection = raw_sqlite::create(&folder.path().join("raw.db"), "FULL");
    let mut version = 0;
    let store = SqliteStore::builder().synchronous(Synchronous::Full);
    domain::runtime().block_on(async {
        let store = Arc::new(store.open(folder.path().join("ours.db")).unwrap());
        in_turn(store, async move || {
            version += 1;
            insert(&mut connection, version);
        })
        .await
    })
}

fn insert(connection: &mut Connection, version: usize) {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    raw_sqlite::insert(&transaction, 0, version);
    transaction.commit().unwrap();
}

fn postgres() -> [Vec<f64>; 2] {
    let (schema, plain) = (Schema::new(), Schema::new());
    domain::runtime().block_on(async {
        plain.plain().await;
        let client = plain.connect().await;
        let insert = raw::Insert::prepare(client).await;
        let store = Arc::new(schema.store().await);
        let mut version = 0;
        in_turn(store, async move || {
            version += 1;
            insert.row(0, version).await;
        })
        .await
    })
}

/// Ten of each in turn, so that a run of one side has its own before it.
async fn in_turn(store: Arc<dyn Store>, mut raw: impl AsyncFnMut()) -> [Vec<f64>; 2] {
    let app = domain::application(store).await;
    domain::open(&app, 1).await;
    let (mut ours, mut other) = (Vec::new(), Vec::new());
    for _ in 0..SAMPLES / 10 {
        let credits = app.clone();
        let some = tokio::spawn(async move {
            let mut some = Vec::new();
            for _ in 0..10 {
                let started = Instant::now();
                let credit = CreditAccount { account: AccountId::new(0), amount: 1 };
                credits.dispatch(credit).await.unwrap();
                some.push(started.elapsed().as_secs_f64() * 1e6);
            }
            some
        });
        ours.extend(some.await.unwrap().split_off(1));
        for number in 0..10 {
            let started = Instant::now();
            raw().await;
            if number > 0 {
                other.push(started.elapsed().as_secs_f64() * 1e6);
            }
        }
    }
    app.shutdown().await.unwrap();
    [ours, other]
}
