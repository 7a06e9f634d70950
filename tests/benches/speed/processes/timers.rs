//! Timers of processes: many that fall due at once, one on an idle machine, and very many that are pending.

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use cqrs::{
    Application, EventId, Timestamp,
    store::{DueKind, DueQuery, sqlite::SqliteStore},
};
use rusqlite::Connection;

use super::{
    job::RUNG,
    run::{application, begin, share_out, until_events},
};
use crate::{
    domain, pending,
    scheduled::against_one,
    table::{Row, median},
};

const AT_ONCE: u32 = 10_000;
const SAMPLES: usize = 100;

/// How late the last of ten thousand timers comes that are due within one second.
pub fn many_at_once() -> Row {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().join("store.db");
    let late = domain::runtime().block_on(async {
        let app = open(&path).await;
        set(&app, AT_ONCE).await;
        let begin = Timestamp::now() + Duration::from_secs(2);
        bring_forward(&mut Connection::open(&path).unwrap(), begin);
        until_rung(AT_ONCE as usize).await;
        let late = Timestamp::now().duration_since(begin + Duration::from_secs(1)).as_secs_f64();
        app.shutdown().await.unwrap();
        late
    });
    against_one(
        "10,000 timers of processes due in one second, SQLite `FULL`: how late the last is handled",
        "s",
        late,
        5.0,
    )
}

/// All that wait are due within one second.
fn bring_forward(connection: &mut Connection, begin: Timestamp) {
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    let mut statement = transaction.prepare("SELECT key FROM due WHERE kind = 'timer'").unwrap();
    let keys: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    drop(statement);
    assert_eq!(keys.len(), AT_ONCE as usize);
    for (number, key) in (0..).zip(keys) {
        let due = begin + Duration::from_micros(number * 1_000_000 / u64::from(AT_ONCE));
        transaction
            .execute("UPDATE due SET due = ?1 WHERE kind = 'timer' AND key = ?2", (format!("{due:.9}"), key))
            .unwrap();
    }
    transaction.commit().unwrap();
}

/// How late one is handled.
pub fn one() -> Row {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let late = domain::runtime().block_on(async {
        let app = open(&folder.path().join("store.db")).await;
        let mut samples = Vec::new();
        for number in 0..SAMPLES {
            let due = Timestamp::now() + Duration::from_millis(50);
            RUNG.store(0, Ordering::Relaxed);
            begin(&app, u32::try_from(number).unwrap(), Some(due)).await;
            until_rung(1).await;
            samples.push(Timestamp::now().duration_since(due).as_secs_f64() * 1e3);
        }
        app.shutdown().await.unwrap();
        median(samples)
    });
    against_one(
        "one timer of a process on an idle machine, SQLite `FULL`, median: how late it is handled",
        "ms",
        late,
        50.0,
    )
}

pub fn start() -> Row {
    let [_, seconds] = pending();
    against_one(
        "start of an application with 1,000,000 timers of processes pending, SQLite",
        "s",
        seconds,
        1.0,
    )
}

pub fn memory() -> Row {
    let [grown, _] = pending();
    against_one("memory with 1,000,000 timers of processes pending, over an empty store", "MiB", grown, 64.0)
}

/// Starts so many processes, each of which waits for its timer, which is far off.
pub async fn set(app: &Application, count: u32) {
    RUNG.store(0, Ordering::Relaxed);
    let before = app.store().head().await.unwrap().get();
    let (for_tasks, due) = (app.clone(), Timestamp::now() + Duration::from_hours(1_000));
    share_out(count, move |job| {
        let app = for_tasks.clone();
        async move { begin(&app, job, Some(due)).await }
    })
    .await;
    // A step for each, which is an event, and then a row.
    until_events(app, before + u64::from(count) * 2).await;
    let rows = DueQuery::of(DueKind::Timer, ["working"]);
    while app.store().due(&rows, count as usize).await.unwrap().len() < count as usize {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub async fn until_rung(count: usize) {
    while RUNG.load(Ordering::Relaxed) < count {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn open(path: &Path) -> Application {
    application(Arc::new(SqliteStore::open(path).unwrap()), true).await
}

/// A store in which so many timers wait: one that was set, and copies of its row.
async fn fill(path: &Path, count: usize) {
    let app = open(path).await;
    begin(&app, 0, Some(Timestamp::now() + Duration::from_hours(10_000))).await;
    until_events(&app, 2).await;
    while app.store().due_owners(DueKind::Timer).await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    app.shutdown().await.unwrap();
    let mut connection = Connection::open(path).unwrap();
    let transaction = connection.transaction().unwrap();
    let read = |row: &rusqlite::Row<'_>| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
    };
    let (key, owner, payload) =
        transaction.query_row("SELECT key, owner, payload FROM due", [], read).unwrap();
    let mut insert = transaction
        .prepare("INSERT INTO due (kind, key, due, owner, payload) VALUES ('timer', ?1, ?2, ?3, ?4)")
        .unwrap();
    for number in 0..count {
        let id = EventId::generate().to_string();
        let due = Timestamp::now() + Duration::from_hours(1_000) + Duration::from_secs(number as u64);
        insert.execute((&id, format!("{due:.9}"), &owner, payload.replace(&key, &id))).unwrap();
    }
    drop(insert);
    transaction.commit().unwrap();
}

/// The peak memory over that of an empty store, in MiB, and the time of a start, in seconds.
fn pending() -> [f64; 2] {
    pending::measured("child:pending-timers", &fill)
}

/// In the child.
pub fn child(path: &str) {
    pending::child(open(Path::new(path)));
}
