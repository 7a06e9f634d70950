//! A version of a projection that is built beside the one that is read, and takes its place.

use std::{path::Path, time::Duration};

use cqrs::{
    application::Verdict,
    prelude::*,
    registry::Registry,
    subscription::{State, Status, SubscriptionSettings},
};
use cqrs_tests::{child, services::Service};
use tokio::{sync::watch, task::JoinHandle};

use super::{
    super::world::*,
    place::{Place, Runs},
    postgres::{Database, Ledger, LedgerThree, LedgerTwo},
    running,
};

/// The amounts are those from 1 to the last, each once; either all rows are of version 2 or none.
const LOOK: &str =
    "SELECT count(*), coalesce(max(amount), 0), count(*) FILTER (WHERE to_jsonb(ledger) ? 'two') FROM ledger";

/// Credits one after the other until it is told to stop; gives how many.
fn write(app: &Application, first: i64) -> (watch::Sender<bool>, JoinHandle<i64>) {
    let (stop, stopped) = watch::channel(false);
    let app = app.clone();
    let writing = tokio::spawn(async move {
        for amount in first.. {
            credit(&app, "a", amount).await;
            if *stopped.borrow() {
                return amount;
            }
        }
        unreachable!("there is always another amount")
    });
    (stop, writing)
}

/// How many rows there are, the last amount, and how many rows are of version 2.
async fn look(pool: &sqlx::PgPool) -> (i64, i64, i64) {
    sqlx::query_as(LOOK).fetch_one(pool).await.unwrap()
}

/// Reads until it is told to stop; says whether it saw rows of version 1 and of version 2.
fn read(place: &Database) -> (watch::Sender<bool>, JoinHandle<[bool; 2]>) {
    let (stop, stopped) = watch::channel(false);
    let pool = place.store.pool().clone();
    let reading = tokio::spawn(async move {
        let (mut seen, mut before) = ([false; 2], 0);
        while !*stopped.borrow() {
            let (count, last, twos) = look(&pool).await;
            assert_eq!(count, last, "a row is missing, or there twice");
            assert!(count >= before, "{count} rows after {before}");
            assert!(twos == 0 || twos == count, "{twos} of {count} rows are of version 2");
            seen[usize::from(twos > 0)] = true;
            before = count;
        }
        seen
    });
    (stop, reading)
}

/// Small batches, so that building takes a while.
fn slowly() -> SubscriptionSettings {
    SubscriptionSettings { batch: 50, ..quick() }
}

async fn filled(place: &Database, events: i64) -> Application {
    let old = running(place.again().await, &Probe::new(), Registry::projection::<Ledger>).await;
    for amount in 1..=events {
        credit(&old, "a", amount).await;
    }
    old.wait_for_position::<Ledger>(old.store().head().await.unwrap()).await.unwrap();
    old
}

/// Nothing is left of what was built beside.
async fn nothing_beside(place: &Database) {
    let mut connection = place.schema.connection().await;
    let schemas = "SELECT count(*) FROM pg_namespace WHERE starts_with(nspname::text, $1 || '@')";
    let schemas: i64 =
        sqlx::query_scalar(schemas).bind(place.schema.name()).fetch_one(&mut connection).await.unwrap();
    let rows = "SELECT count(*) FROM subscriptions WHERE name LIKE '%@%'";
    let rows: i64 = sqlx::query_scalar(rows).fetch_one(&mut connection).await.unwrap();
    assert_eq!((schemas, rows), (0, 0));
}

fn status(app: &Application) -> Status {
    app.status().into_iter().find(|status| status.name == "ledger").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_see_the_old_version_until_the_new_one_has_caught_up() {
    if !Service::PostgreSql.answers() {
        return;
    }
    let place = Database::new().await;
    let old = filled(&place, 400).await;
    let (stop_writing, writing) = write(&old, 401);
    let (stop_reading, reading) = read(&place);
    // Two processes of the new version: either may take over.
    let probe = Probe::new();
    let (one, other) = (place.again().await, place.again().await);
    let (one, other) = tokio::join!(
        app_with(one, &probe, slowly(), Registry::projection::<LedgerTwo>),
        app_with(other, &probe, slowly(), Registry::projection::<LedgerTwo>),
    );
    one.wait_for_position::<LedgerTwo>(old.store().head().await.unwrap()).await.unwrap();
    stop_writing.send_replace(true);
    let last = writing.await.unwrap();
    let head = old.store().head().await.unwrap();
    for new in [&one, &other] {
        new.wait_for_position::<LedgerTwo>(head).await.unwrap();
        assert_eq!(status(new).state, State::Running);
    }
    stop_reading.send_replace(true);
    assert_eq!(reading.await.unwrap(), [true, true], "the reader saw both versions");
    assert_eq!(place.amounts().await, (1..=last).collect::<Vec<_>>());
    assert_eq!(place.twos().await, last);
    // An older program learns of it with the next event.
    let next = credit(&one, "a", last + 1).await;
    let error = old.wait_for::<Ledger>(&next).await.unwrap_err();
    assert!(error.to_string().contains("built as version 2"), "{error}");
    nothing_beside(&place).await;
}

/// A deployment that rolls: the new process answers while it builds, and the old one is well until it is replaced.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_does_not_wait_for_what_is_built_beside_and_the_old_process_does_not_fail() {
    if !Service::PostgreSql.answers() {
        return;
    }
    let place = Database::new().await;
    let old = filled(&place, 5).await;
    let probe = Probe::new();
    probe.fail(3);
    let settings = SubscriptionSettings { attempts: u32::MAX, ..quick() };
    let starting = app_with(place.again().await, &probe, settings, Registry::projection::<LedgerTwo>);
    let new = tokio::time::timeout(PATIENCE, starting).await.expect("it starts while it builds");
    assert!(matches!(status(&new).state, State::Building(_)), "{:?}", status(&new));
    assert_eq!(new.health().await.verdict, Verdict::Degraded);
    let receipt = credit(&new, "a", 6).await;
    old.wait_for::<Ledger>(&receipt).await.unwrap();
    assert_eq!(place.amounts().await, [1, 2, 3, 4, 5, 6], "the old rows are served, and kept up to date");

    probe.mend();
    new.wait_for::<LedgerTwo>(&receipt).await.unwrap();
    let receipt = credit(&new, "a", 7).await;
    let error = old.wait_for::<Ledger>(&receipt).await.unwrap_err();
    assert!(error.to_string().contains("built as version 2"), "{error}");
    new.wait_for::<LedgerTwo>(&receipt).await.unwrap();
    let health = old.health().await;
    assert_eq!(health.verdict, Verdict::Degraded, "{health:?}");
    let ledger = health.subscriptions.iter().find(|each| each.name == "ledger").unwrap();
    assert_eq!((ledger.position, ledger.lag), (receipt.position(), 0), "as far as the new process has come");
    let json = serde_json::to_value(&ledger.state).unwrap();
    assert!(json["superseded"].as_str().unwrap().contains("built as version 2"), "{json}");
    let started = running(place.again().await, &Probe::new(), Registry::projection::<Ledger>).await;
    assert_eq!(started.health().await.verdict, Verdict::Degraded, "nor does one that starts late");
}

const KILLED: &str = "projections::building::a_builder_that_is_killed_leaves_the_old_version_or_the_new_one";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_builder_that_is_killed_leaves_the_old_version_or_the_new_one() {
    if let Some(orders) = child::orders(KILLED) {
        return run_child(&orders.file).await;
    }
    if !Service::PostgreSql.answers() {
        return;
    }
    let place = Database::new().await;
    let old = filled(&place, 400).await;
    let (stop_writing, writing) = write(&old, 401);
    let (stop_reading, reading) = read(&place);
    let mut built = 0;
    for _ in 0..10 {
        let mut child = child::start(KILLED, &place.address(), 0);
        built = until_built(&place, built).await;
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..30))).await;
        child.kill().await.unwrap();
    }
    stop_writing.send_replace(true);
    let last = writing.await.unwrap();
    let (_, _, twos) = look(place.store.pool()).await;
    assert_eq!(twos, 0, "what is built is not read yet");
    let new = running(place.again().await, &Probe::new(), Registry::projection::<LedgerTwo>).await;
    new.wait_for_position::<LedgerTwo>(new.store().head().await.unwrap()).await.unwrap();
    stop_reading.send_replace(true);
    reading.await.unwrap();
    assert_eq!(place.amounts().await, (1..=last).collect::<Vec<_>>());
    assert_eq!(place.twos().await, last);
    nothing_beside(&place).await;
}

/// Waits until more of version 2 is built than before, and gives how much.
async fn until_built(place: &Database, before: i64) -> i64 {
    let mut connection = place.schema.connection().await;
    let waiting = async {
        loop {
            let built = sqlx::query_scalar("SELECT position FROM subscriptions WHERE name = 'ledger@2'");
            match built.fetch_optional(&mut connection).await.unwrap() {
                Some(built) if built > before => return built,
                _ => tokio::time::sleep(Duration::from_millis(2)).await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("the builder goes on where the one before was")
}

async fn run_child(address: &Path) {
    // One event a transaction: this takes longer than all the processes live.
    let settings = SubscriptionSettings { batch: 1, ..quick() };
    let store = Database::open(address).await;
    let _app = app_with(store, &Probe::new(), settings, Registry::projection::<LedgerTwo>).await;
    std::future::pending::<()>().await;
}

/// While it cannot go on, the old version does; versions before it can no longer be built.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_fails_is_not_read_and_keeps_older_ones_from_being_built() {
    if !Service::PostgreSql.answers() {
        return;
    }
    let place = Database::new().await;
    let old = filled(&place, 5).await;
    let probe = Probe::new();
    probe.fail(3);
    let new = running(place.again().await, &probe, Registry::projection::<LedgerThree>).await;
    let error = new.wait_for_position::<LedgerThree>(Position::new(1)).await.unwrap_err();
    assert!(error.to_string().contains("told to fail at 3"), "{error}");
    assert!(matches!(status(&new).state, State::Stopped(_)));
    let two = running(place.again().await, &Probe::new(), Registry::projection::<LedgerTwo>).await;
    let error = two.wait_for_position::<LedgerTwo>(Position::new(1)).await.unwrap_err();
    assert!(error.to_string().contains("built as version 3"), "{error}");
    let last = credit(&old, "a", 6).await;
    old.wait_for::<Ledger>(&last).await.unwrap();
    assert_eq!(place.amounts().await, [1, 2, 3, 4, 5, 6]);
    probe.mend();
    new.shutdown().await.unwrap();
    let new = running(place.again().await, &probe, Registry::projection::<LedgerThree>).await;
    new.wait_for::<LedgerThree>(&last).await.unwrap();
    everything_has_moved(&place, 6).await;
    nothing_beside(&place).await;
    // Built anew, it drops all of that and makes it again.
    new.start_rebuild::<LedgerThree>().await.unwrap();
    new.wait_for::<LedgerThree>(&last).await.unwrap();
    everything_has_moved(&place, 6).await;
    nothing_beside(&place).await;
}

async fn everything_has_moved(place: &Database, rows: i64) {
    let mut connection = place.schema.connection().await;
    let look = "REFRESH MATERIALIZED VIEW kinds; SELECT nextval('spare'); SELECT 'debit'::kind";
    sqlx::raw_sql(look).execute(&mut connection).await.unwrap();
    let sums = "SELECT (SELECT sum(amount) FROM doubles)::bigint, (SELECT count(*) FROM kinds), \
                (SELECT max(number) FROM ledger), (SELECT max(serial) FROM ledger)::bigint, \
                (SELECT count(*) FROM pg_indexes WHERE schemaname = current_schema() AND tablename = 'ledger')";
    let found: (i64, i64, i64, i64, i64) = sqlx::query_as(sums).fetch_one(&mut connection).await.unwrap();
    // A number is also drawn by a row that is rolled back.
    assert_eq!((found.0, found.1, found.4), (rows * (rows + 1), rows, 2));
    assert!(found.2 >= rows && found.3 >= rows, "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_leaves_the_rows_to_their_readers_until_it_is_done() {
    if !Service::PostgreSql.answers() {
        return;
    }
    let place = Database::new().await;
    let probe = Probe::new();
    let settings = SubscriptionSettings { attempts: u32::MAX, ..quick() };
    let app = app_with(place.store(), &probe, settings, Registry::projection::<Ledger>).await;
    for amount in 1..=5 {
        credit(&app, "a", amount).await;
    }
    let last = credit(&app, "b", 6).await;
    app.wait_for::<Ledger>(&last).await.unwrap();
    probe.fail(4);
    app.start_rebuild::<Ledger>().await.unwrap();
    // What is waited for is the rebuilt one.
    let early = tokio::time::timeout(Duration::from_millis(100), app.wait_for::<Ledger>(&last)).await;
    assert!(early.is_err(), "{early:?}");
    assert!(matches!(status(&app).state, State::Building(_)), "{:?}", status(&app));
    assert_eq!(place.amounts().await, [1, 2, 3, 4, 5, 6]);
    probe.mend();
    app.wait_for::<Ledger>(&last).await.unwrap();
    assert_eq!(place.amounts().await, [1, 2, 3, 4, 5, 6]);
    assert!(probe.amounts("ledger").len() > 12, "each event was handled again");
    nothing_beside(&place).await;
}

async fn refused<L: Runs>(store: PostgresStore) -> String {
    let probe = Probe::new();
    let starting = running(store, &probe, Registry::projection::<L>);
    let app = tokio::time::timeout(PATIENCE, starting).await;
    let app = app.expect("a start does not wait for what the store fails");
    match status(&app).state {
        State::Stalled(error) | State::Stopped(error) => error.to_string(),
        state => panic!("{state:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_the_way_of_a_new_version_is_named() {
    if !Service::PostgreSql.answers() {
        return;
    }
    let place = Database::new().await;
    let _old = filled(&place, 3).await;
    let taken = sqlx::raw_sql("CREATE TABLE doubles (of_somebody_else text)");
    taken.execute(&mut place.schema.connection().await).await.unwrap();
    let error = refused::<LedgerThree>(place.again().await).await;
    assert!(error.contains("doubles"), "{error}");
    assert_eq!(place.amounts().await, [1, 2, 3]);
    nothing_beside(&place).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_make_a_schema_is_told_the_right_it_takes() {
    if !Service::PostgreSql.answers() {
        return;
    }
    let place = Database::new().await;
    let _old = filled(&place, 3).await;
    let mut connection = place.schema.connection().await;
    let (schema, role) = (place.schema.name(), format!("cqrs_test_builder_{}", std::process::id()));
    let make = format!(
        "CREATE ROLE {role} LOGIN NOSUPERUSER; GRANT ALL ON SCHEMA \"{schema}\" TO {role}; \
         GRANT ALL ON ALL TABLES IN SCHEMA \"{schema}\" TO {role}; \
         GRANT ALL ON ALL SEQUENCES IN SCHEMA \"{schema}\" TO {role}"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(make)).execute(&mut connection).await.unwrap();
    let store = place.schema.open_as(&role).await.unwrap();
    let error = refused::<LedgerTwo>(store).await;
    let remove = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(remove)).execute(&mut connection).await.unwrap();
    assert!(error.contains("CREATE on the database"), "{error}");
    assert_eq!(place.amounts().await, [1, 2, 3]);
}
