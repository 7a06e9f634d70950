//! Commands that wait: many that fall due at once, one on an idle machine, and very many that are pending.

use std::{path::Path, sync::Arc, time::Duration};

use cqrs::{Application, CommandId, Timestamp, dispatch::Scheduled, store::sqlite::SqliteStore};
use cqrs_tests::bank::{AccountId, CreditAccount};
use rusqlite::Connection;

use crate::{
    domain, pending,
    table::{Row, Target, median},
};

const ACCOUNTS: usize = 100;
const AT_ONCE: usize = 10_000;
const SAMPLES: usize = 100;

/// How late the last of ten thousand is begun that are due within one second.
pub fn many_at_once() -> Row {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().join("store.db");
    let late = domain::runtime().block_on(async {
        let begin = fill(&path, AT_ONCE, |begin, number| {
            begin + Duration::from_secs(3) + Duration::from_micros(number as u64 * 1_000_000 / AT_ONCE as u64)
        })
        .await;
        let app = open(&path).await;
        let last_due = begin + Duration::from_secs(4);
        loop {
            // Once nothing waits, all have been begun, and more: handled.
            if app.scheduled().all().next_page().await.unwrap().is_none() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let late = Timestamp::now().duration_since(last_due).as_secs_f64();
        let handled = app.history().all().collect().await.unwrap().len();
        assert_eq!(handled, ACCOUNTS + AT_ONCE, "each is handled once");
        late
    });
    against_one(
        "10,000 delayed commands due in one second, SQLite `FULL`: how late the last is handled",
        "s",
        late,
        5.0,
    )
}

/// How late one is handled.
pub fn one() -> Row {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let late = domain::runtime().block_on(async {
        let app = open(&folder.path().join("store.db")).await;
        domain::open(&app, 1).await;
        let mut samples = Vec::new();
        for number in 1..=SAMPLES {
            let credit = CreditAccount { account: AccountId::new(0), amount: 1 };
            let scheduled = app.dispatch(credit).after(Duration::from_millis(25)).await.unwrap();
            let Scheduled::Waiting { due, .. } = scheduled else { panic!("it is new") };
            let mut head = app.store().wake_ups();
            head.wait_for(|head| head.get() > number as u64).await.unwrap();
            samples.push(Timestamp::now().duration_since(due).as_secs_f64() * 1e3);
        }
        median(samples)
    });
    against_one(
        "one delayed command on an idle machine, SQLite `FULL`, median: how late it is handled",
        "ms",
        late,
        50.0,
    )
}

/// How long an application takes to start where a million commands are pending.
pub fn start() -> Row {
    let [_, seconds] = pending();
    against_one("start of an application with 1,000,000 delayed commands pending, SQLite", "s", seconds, 1.0)
}

/// What a million pending commands take of its memory.
pub fn memory() -> Row {
    let [grown, _] = pending();
    against_one("memory with 1,000,000 delayed commands pending, over an empty store", "MiB", grown, 64.0)
}

pub fn against_one(name: &'static str, unit: &str, measured: f64, most: f64) -> Row {
    let other = format!("1 {unit}");
    Row { name, ours: format!("{measured:.2} {unit}"), other, ratio: measured, target: Target::AtMost(most) }
}

async fn open(path: &Path) -> Application {
    let store = SqliteStore::open(path).unwrap();
    domain::application(Arc::new(store)).await
}

/// A store in which so many commands wait: one that was scheduled, and copies of its row.
async fn fill(path: &Path, count: usize, due: impl Fn(Timestamp, usize) -> Timestamp) -> Timestamp {
    let app = open(path).await;
    domain::open(&app, ACCOUNTS).await;
    let far = Timestamp::now() + Duration::from_hours(10_000);
    let credit = CreditAccount { account: AccountId::new("ACCOUNT"), amount: 1 };
    app.dispatch(credit).at(far).await.unwrap();
    app.shutdown().await.unwrap();
    let begin = Timestamp::now();
    let mut connection = Connection::open(path).unwrap();
    let transaction = connection.transaction().unwrap();
    let payload: String = transaction.query_row("SELECT payload FROM due", [], |row| row.get(0)).unwrap();
    transaction.execute("DELETE FROM due", []).unwrap();
    let mut insert = transaction
        .prepare("INSERT INTO due (kind, key, due, owner, payload) VALUES ('command', ?1, ?2, 'credit-account', ?3)")
        .unwrap();
    for number in 0..count {
        let payload = payload.replace("ACCOUNT", &(number % ACCOUNTS).to_string());
        let due = format!("{:.9}", due(begin, number));
        insert.execute((CommandId::generate().to_string(), due, payload)).unwrap();
    }
    drop(insert);
    transaction.commit().unwrap();
    begin
}

/// The peak memory over that of an empty store, in MiB, and the time of a start, in seconds.
fn pending() -> [f64; 2] {
    pending::measured("child:pending", &async |path: &Path, count| {
        let far = |begin, number| begin + Duration::from_hours(1_000) + Duration::from_secs(number as u64);
        fill(path, count, far).await;
    })
}

/// In the child.
pub fn child(path: &str) {
    pending::child(open(Path::new(path)));
}
