//! The locks of appends, taken by many at once: nobody waits for somebody who waits for him.

use std::sync::Arc;

use cqrs::store::{Append, EventStore};
use cqrs_tests::postgres::{Schema, server_answers};
use futures_util::future::join_all;
use sqlx::PgConnection;

use crate::{raw::run, sharing::append};

const CONNECTIONS: usize = 12;
const ROUNDS: usize = 150;

/// Some keys of few, so that everybody meets everybody.
fn some(random: &mut fastrand::Rng) -> Vec<String> {
    (0..random.usize(0..4)).map(|_| random.u8(0..6).to_string()).collect()
}

/// Takes locks of streams to write and to guard, in whatever order they are named, as this version or as version 2.
async fn lock(connection: &mut PgConnection, random: &mut fastrand::Rng) -> sqlx::Result<()> {
    let (own, guarded) = (some(random), some(random));
    let category = |keys: &Vec<String>| vec!["thing"; keys.len()];
    let sql = if random.u8(0..4) == 0 {
        "SELECT lock_appends($1, $2, '{}')"
    } else {
        "SELECT lock_writes($1, $2, '{}', $3, $4)"
    };
    let mut query = sqlx::query(sql).bind(category(&own)).bind(&own);
    if sql.contains("writes") {
        query = query.bind(category(&guarded)).bind(&guarded);
    }
    query.execute(&mut *connection).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn locks_of_both_kinds_in_random_order_never_end_in_a_deadlock() {
    if !server_answers() {
        return;
    }
    let schema = Arc::new(Schema::new());
    drop(schema.store().await);
    let tasks = (0..CONNECTIONS).map(|task| {
        let schema = Arc::clone(&schema);
        tokio::spawn(async move {
            let (mut connection, mut random) =
                (schema.connection().await, fastrand::Rng::with_seed(task as u64));
            run(&mut connection, "SET deadlock_timeout = '20ms'").await;
            for _ in 0..ROUNDS {
                run(&mut connection, "BEGIN").await;
                lock(&mut connection, &mut random).await.expect("nobody is chosen to end a deadlock");
                tokio::time::sleep(std::time::Duration::from_micros(random.u64(0..500))).await;
                run(&mut connection, "COMMIT").await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

/// The server has room for some ten thousand locks, and an append takes one for each stream.
#[tokio::test(flavor = "multi_thread")]
async fn large_appends_at_once_are_all_stored() {
    const STREAMS: u64 = 900;
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    let appends = (0..32).map(|number| {
        let writes = (0..STREAMS).flat_map(|key| append(&format!("{number}-{key}"), 1).writes).collect();
        store.append(Append { writes, ..append("", 1) })
    });
    for appended in join_all(appends).await {
        assert_eq!(appended.unwrap().count(), STREAMS);
    }
}
