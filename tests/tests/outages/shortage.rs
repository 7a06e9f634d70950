//! A server with too few connections for the processes that share it.

use std::time::{Duration, Instant};

use cqrs::{
    application::Verdict,
    prelude::*,
    registry::Registry,
    store::{EventQuery, EventStore, StoreError, read_page},
};
use cqrs_tests::postgres_server::{PostgresServer, can_start};
use futures_util::future::join_all;
use sqlx::{Connection, PgConnection};

use super::requests::append_once;

/// How many connections the server has.
const FEW: u32 = 14;

async fn few() -> PostgresServer {
    PostgresServer::start_with(&format!("-c max_connections={FEW} -c superuser_reserved_connections=0")).await
}

/// Makes a store use all the connections it may.
async fn burst(store: &PostgresStore) {
    let query = EventQuery::all();
    for _ in 0..20 {
        let reads = (0..16).map(|_| async { drop(read_page(store, &query, 1).await) });
        join_all(reads).await;
    }
}

/// How many sessions of clients the server has, the one that asks left out.
async fn sessions(operator: &mut PgConnection) -> i64 {
    let sessions = "SELECT count(*) FROM pg_stat_activity \
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    sqlx::query_scalar(sessions).fetch_one(operator).await.expect("the server answers")
}

/// What others do not need they give back, although they go on; and then it is there for whoever comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_gets_connections_that_others_have_stopped_to_need() {
    if !can_start() {
        return;
    }
    let server = few().await;
    let mut operator = PgConnection::connect(&server.address()).await.expect("the server answers");
    let busy =
        [PostgresStore::connect(&server.address()).await, PostgresStore::connect(&server.address()).await];
    let busy = busy.map(|store| store.expect("the store opens"));
    join_all(busy.iter().map(burst)).await;
    let most = sessions(&mut operator).await;
    assert!(most >= i64::from(FEW) - 3, "they have {most} only, of {FEW}");
    // They go on with as little as one append and some reads at a time.
    let going_on = busy.map(|store| {
        tokio::spawn(async move {
            for number in 0_u32.. {
                append_once(&store, &format!("busy-{number}")).await.expect("it has what it needs");
                burst_of_one(&store).await;
            }
        })
    });
    let began = Instant::now();
    let late = loop {
        match PostgresStore::connect(&server.address()).await {
            Ok(late) => break late,
            Err(error) => assert!(began.elapsed() < Duration::from_secs(40), "{error}"),
        }
    };
    while let Err(error) = append_once(&late, "late").await {
        assert!(began.elapsed() < Duration::from_secs(40), "{error}");
    }
    println!(
        "{most} connections at first, {} now; it had waited {:.1?}",
        sessions(&mut operator).await,
        began.elapsed()
    );
    assert!(going_on.iter().all(|busy| !busy.is_finished()), "one that goes on has got what it needs, too");
    going_on.iter().for_each(tokio::task::JoinHandle::abort);
}

async fn burst_of_one(store: &PostgresStore) {
    drop(read_page(store, &EventQuery::all(), 1).await);
    tokio::time::sleep(Duration::from_millis(20)).await;
}

/// The error has the server's own words, and health says it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_without_a_connection_says_what_the_server_says() {
    if !can_start() {
        return;
    }
    let server = few().await;
    let mut operator = PgConnection::connect(&server.address()).await.expect("the server answers");
    let options = PostgresStore::builder().busy_timeout(Duration::from_secs(1));
    let store = options.connect(&server.address()).await.expect("the store opens");
    let app = Application::builder().registry(Registry::empty()).store(store.clone());
    let app = app.start().await.expect("it starts");
    // It has one to read by, and none to append.
    let mut others = Vec::new();
    while let Ok(other) = PgConnection::connect(&server.address()).await {
        others.push(other);
    }
    let error = append_once(&store, "a").await.expect_err("the server has no more");
    assert!(matches!(error, StoreError::Unavailable { .. }) && error.is_outage(), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("too many clients already") && text.contains("within 1.0s"), "{text}");
    let health = app.health().await;
    let said = health.findings.join("; ");
    assert!(health.verdict == Verdict::Failing && said.contains("too many clients already"), "{said}");
    drop(others);
    while sessions(&mut operator).await > 8 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    append_once(&store, "a").await.expect("there is room again");
    assert_eq!(app.health().await.verdict, Verdict::Healthy);
    app.shutdown().await.expect("it ends well");
}

/// A lock on what is read is told with the true wait and its limit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_locked_table_is_told_how_long_he_has_waited_and_may() {
    if !can_start() {
        return;
    }
    let server = few().await;
    let options = PostgresStore::builder().busy_timeout(Duration::from_millis(300));
    let store = options.connect(&server.address()).await.expect("the store opens");
    let mut operator = PgConnection::connect(&server.address()).await.expect("the server answers");
    let lock = "BEGIN; LOCK TABLE cqrs.commands IN ACCESS EXCLUSIVE MODE";
    sqlx::raw_sql(lock).execute(&mut operator).await.expect("an operator may do it");
    let error = EventStore::command(&store, cqrs::CommandId::generate()).await.expect_err("it is locked");
    let StoreError::Busy { waited, limit } = error else { panic!("{error:?}") };
    assert!(waited >= limit && limit == Duration::from_millis(300), "{waited:?}, {limit:?}");
    assert!(!error.to_string().contains("0ns"), "{error}");
}
