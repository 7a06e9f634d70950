//! Somebody adds an event and does not end the transaction: readers wait, and learn for whom.

use std::time::Duration;

use cqrs::{
    Position,
    application::{Application, HealthSettings, Verdict},
    prelude::*,
    registry::Registry,
    store::{Blocker, EventStore, Store, StoreError, postgres::PostgresStore},
    subscription::WaitError,
};
use cqrs_tests::postgres::{Schema, server_answers};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, PgConnection};

use crate::{
    raw::{insert, run},
    sharing::append,
};

const LONG: Duration = Duration::from_millis(50);

async fn pid_of(connection: &mut PgConnection) -> i32 {
    sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(connection).await.unwrap()
}

/// Somebody who adds an event and does not end the transaction.
async fn stuck_in(schema: &Schema) -> PgConnection {
    let mut stuck = schema.connection().await;
    run(&mut stuck, "BEGIN").await;
    insert(&mut stuck, "stuck").await;
    stuck
}

/// Waits until somebody is reported. A transaction has to grow old first.
async fn until_blocked(store: &PostgresStore) -> Vec<Blocker> {
    for _ in 0..1_000 {
        let found = store.blockers(LONG).await.unwrap();
        if !found.is_empty() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("nobody is reported");
}

/// Waits until readers have come so far.
async fn until_head(store: &PostgresStore, head: u64) {
    for _ in 0..2_000 {
        if store.head().await.unwrap() == Position::new(head) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the head stays at {}", store.head().await.unwrap());
}

#[tokio::test]
async fn a_stuck_appender_is_reported_until_it_ends() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    store.append(append("before", 1)).await.unwrap();
    until_head(&store, 1).await;
    assert_eq!(store.blockers(Duration::ZERO).await.unwrap(), []);
    let mut stuck = schema.connection().await;
    run(&mut stuck, "SET application_name = 'forgetful'").await;
    run(&mut stuck, "BEGIN").await;
    insert(&mut stuck, "stuck").await;
    store.append(append("after", 1)).await.unwrap();

    let found = until_blocked(&store).await;
    let [blocker] = found.as_slice() else { panic!("one is stuck: {found:?}") };
    assert!(blocker.age >= Some(LONG), "{:?}", blocker.age);
    assert_eq!(blocker.state.as_deref(), Some("idle in transaction"));
    assert_eq!(blocker.application.as_deref(), Some("forgetful"));
    assert!(
        blocker.query.as_ref().is_some_and(|query| query.starts_with("INSERT INTO events")),
        "{blocker:?}"
    );
    assert!(!blocker.hidden);
    let report = store.horizon(LONG).await.unwrap();
    assert_eq!((report.head.get(), report.drawn.get(), report.blockers.len()), (1, 3, 1));
    assert_eq!(store.blockers(Duration::from_hours(1)).await.unwrap(), [], "it is not that old");

    assert_eq!(blocker.pid, Some(pid_of(&mut stuck).await));
    run(&mut stuck, "COMMIT").await;
    until_head(&store, 3).await;
    assert_eq!(store.horizon(Duration::ZERO).await.unwrap().blockers, []);
}

#[tokio::test]
async fn a_transaction_that_does_not_append_is_not_reported() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    let mut reader = schema.connection().await;
    run(&mut reader, "BEGIN; SELECT count(*) FROM events").await;
    tokio::time::sleep(LONG).await;
    assert_eq!(store.blockers(Duration::ZERO).await.unwrap(), []);
}

#[tokio::test]
async fn the_server_ends_a_stuck_appender_and_readers_go_on() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    let mut stuck = schema.connection().await;
    run(&mut stuck, "SET idle_in_transaction_session_timeout = '400ms'; BEGIN").await;
    insert(&mut stuck, "stuck").await;
    store.append(append("after", 1)).await.unwrap();
    until_blocked(&store).await;
    assert_eq!(store.head().await.unwrap(), Position::START);
    until_head(&store, 2).await;
    assert_eq!(store.blockers(Duration::ZERO).await.unwrap(), []);
}

#[tokio::test]
async fn one_that_waits_for_a_row_is_reported_with_whom_it_waits_for() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    let (mut first, mut second) = (schema.connection().await, schema.connection().await);
    run(&mut first, "BEGIN").await;
    insert(&mut first, "same").await;
    let holder = pid_of(&mut first).await;
    let waiting = pid_of(&mut second).await;
    let waits = tokio::spawn(async move { insert_or_fail(&mut second, "same").await });
    let found = async {
        loop {
            let found = until_blocked(&store).await;
            if let Some(waiter) = found.iter().find(|blocker| blocker.pid == Some(waiting)) {
                return waiter.clone();
            }
        }
    };
    let waiter = tokio::time::timeout(Duration::from_secs(20), found).await.expect("it is reported");
    assert_eq!(waiter.waits_for, [holder]);
    assert_eq!(waiter.state.as_deref(), Some("active"));
    run(&mut first, "COMMIT").await;
    waits.await.unwrap().expect_err("the version is taken");
}

async fn insert_or_fail(connection: &mut PgConnection, key: &str) -> sqlx::Result<i64> {
    sqlx::query_scalar(crate::raw::INSERT).bind(key).fetch_one(connection).await
}

#[tokio::test]
async fn of_another_users_session_the_process_is_reported_and_that_the_rest_is_hidden() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let mut superuser = schema.connection().await;
    let role = format!("cqrs_test_stuck_{}", std::process::id());
    let make = format!(
        "DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN NOSUPERUSER; \
         CREATE SCHEMA \"{}\" AUTHORIZATION {role}",
        schema.name()
    );
    sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut superuser).await.unwrap();
    let store = schema.open_as(&role).await.unwrap();
    let mut stuck = stuck_in(&schema).await;
    let found = store.blockers(LONG).await;
    let pid = pid_of(&mut stuck).await;
    run(&mut stuck, "ROLLBACK").await;
    let gone = store.blockers(LONG).await;
    store.close().await.unwrap();
    let remove = format!("DROP SCHEMA \"{}\" CASCADE; DROP ROLE {role}", schema.name());
    sqlx::raw_sql(AssertSqlSafe(remove)).execute(&mut superuser).await.unwrap();
    let found = found.unwrap();
    let [blocker] = found.as_slice() else { panic!("one is stuck: {found:?}") };
    assert_eq!((blocker.pid, blocker.hidden), (Some(pid), true));
    assert_eq!((blocker.age, &blocker.query), (None, &None));
    assert!(blocker.to_string().contains("pg_read_all_stats"), "{blocker}");
    assert_eq!(gone.unwrap(), []);
}

#[tokio::test]
async fn the_health_of_an_application_names_who_holds_up_its_readers() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    let settings = HealthSettings { blocked: LONG, ..HealthSettings::default() };
    let builder =
        Application::builder().store(store.clone()).registry(Registry::empty()).health_settings(settings);
    let app = builder.start().await.unwrap();
    assert_eq!(app.health().await.verdict, Verdict::Healthy);
    let mut stuck = stuck_in(&schema).await;
    until_blocked(&store).await;
    let health = app.health().await;
    assert_eq!(health.verdict, Verdict::Degraded);
    let pid = pid_of(&mut stuck).await;
    assert!(health.findings[0].contains(&format!("process {pid}")), "{:?}", health.findings);
    let json = serde_json::to_value(&health).unwrap();
    assert_eq!(json["verdict"], "degraded");
    assert_eq!(json["store"]["horizon"]["blockers"][0]["pid"], pid);
    assert!(json["store"]["horizon"]["blockers"][0]["age_seconds"].as_f64() > Some(0.0), "{json}");
    run(&mut stuck, "ROLLBACK").await;
    assert_eq!(app.health().await.verdict, Verdict::Healthy);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn who_waits_for_the_head_is_told_who_holds_it_up() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    let mut stuck = schema.connection().await;
    run(&mut stuck, "SET application_name = 'forgetful'").await;
    let pid = pid_of(&mut stuck).await;
    run(&mut stuck, "BEGIN").await;
    insert(&mut stuck, "stuck").await;
    assert_eq!(store.wait_for_head(LONG).await.unwrap(), Position::START, "nothing else is stored");
    store.append(append("after", 1)).await.unwrap();
    let error = store.wait_for_head(LONG).await.unwrap_err();
    let text = error.to_string();
    for word in ["position 0", "come to 2", &format!("process {pid}"), "idle in transaction", "INSERT"] {
        assert!(text.contains(word), "{text}: {word}");
    }
    assert!(error.is_transient() && error.is_outage());
    let StoreError::HeldUp { head, last, waited, blockers } = error else { panic!("{error}") };
    assert_eq!((head.get(), last.get(), blockers.len()), (0, 2, 1));
    assert_eq!(blockers[0].application.as_deref(), Some("forgetful"));
    assert!(waited >= LONG, "{waited:?}");
    run(&mut stuck, "ROLLBACK").await;
}

#[tokio::test]
async fn who_waits_for_the_head_sees_it_once_the_other_has_ended() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    let mut stuck = stuck_in(&schema).await;
    store.append(append("after", 1)).await.unwrap();
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.wait_for_head(Duration::from_mins(1)).await }
    });
    tokio::time::sleep(LONG * 4).await;
    assert!(!waiting.is_finished());
    run(&mut stuck, "COMMIT").await;
    assert_eq!(waiting.await.unwrap().unwrap(), Position::new(2));
}

/// The write model works, so the application is there; what is read catches up as soon as it can.
#[tokio::test]
async fn an_application_starts_while_somebody_holds_readers_up_and_does_not_wait_for_ever() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    let mut stuck = stuck_in(&schema).await;
    store.append(append("after", 1)).await.unwrap();
    let settings = HealthSettings { blocked: LONG, ..HealthSettings::default() };
    let builder =
        Application::builder().store(store.clone()).registry(Registry::empty()).health_settings(settings);
    let app =
        tokio::time::timeout(Duration::from_secs(20), builder.start()).await.expect("it starts").unwrap();
    run(&mut stuck, "COMMIT").await;
    assert_eq!(app.store().wait_for_head(Duration::from_mins(1)).await.unwrap(), Position::new(2));
    app.shutdown().await.unwrap();
}

#[derive(Event, Serialize, Deserialize)]
struct Counted;

#[derive(Projection, Default)]
struct Count(u32);

#[event_handler]
impl Count {
    fn counted(&mut self, _: &Counted) {
        self.0 += 1;
    }
}

#[tokio::test]
async fn who_waits_for_a_projection_is_told_who_holds_readers_up() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    let mut registry = Registry::empty();
    registry.projection::<Count>();
    let app = Application::builder().store(store.clone()).registry(registry).start().await.unwrap();
    let mut stuck = schema.connection().await;
    let pid = pid_of(&mut stuck).await;
    run(&mut stuck, "BEGIN").await;
    insert(&mut stuck, "stuck").await;
    let after = store.append(append("after", 1)).await.unwrap().last_position();
    let error = app.wait_for_position::<Count>(after).within(LONG).await.unwrap_err();
    for word in
        ["projection `count`", "position 2", "it is at 0", &format!("held up by process {pid}"), "INSERT"]
    {
        assert!(error.to_string().contains(word), "{error}: {word}");
    }
    let WaitError::HeldUp { blockers, wanted, .. } = error else { panic!("{error}") };
    assert_eq!((blockers.len(), wanted), (1, after));
    run(&mut stuck, "ROLLBACK").await;
    app.wait_for_position::<Count>(after).await.unwrap();
    let beyond = app.wait_for_position::<Count>(Position::new(9)).within(LONG).await;
    assert!(matches!(beyond, Err(WaitError::NotReached { .. })), "{beyond:?}");
    app.shutdown().await.unwrap();
}
