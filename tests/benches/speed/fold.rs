//! Folding one long stream from SQLite, against raw select, `serde_json` and `match`.

use std::{path::Path, sync::Arc, time::Instant};

use cqrs::{repository::Repository, store::sqlite::SqliteStore};
use cqrs_tests::bank::{Account, AccountId, AccountOpened, MoneyCredited, MoneyDebited};
use rusqlite::Connection;

use crate::{
    domain, raw,
    table::{Row, Target, compare, rates},
};

const EVENTS: usize = 100_000;

pub fn row() -> Row {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().join("long.db");
    raw::fill(&mut raw::create(&path, "OFF"), 0, EVENTS);
    let runtime = domain::runtime();
    let store = runtime.block_on(async { SqliteStore::open(&path).unwrap() });
    let accounts = Repository::<Account>::new(Arc::new(store));
    let ours = || {
        runtime.block_on(async {
            let accounts = accounts.clone();
            tokio::spawn(async move {
                let started = Instant::now();
                let account = accounts.load(&AccountId::new(0)).await.unwrap();
                assert_eq!(account.state().unwrap().balance, 99_999);
                rate(started)
            })
            .await
            .unwrap()
        })
    };
    rates(
        "fold one stream of 100,000 events from SQLite, against raw select + serde_json + `match`",
        "events",
        Target::AtLeast(0.7),
        compare(ours, || by_hand(&path)),
    )
}

fn by_hand(path: &Path) -> f64 {
    let connection = Connection::open(path).unwrap();
    let started = Instant::now();
    let mut statement = connection
        .prepare("SELECT name, payload FROM events WHERE category = ?1 AND key = ?2 ORDER BY version")
        .unwrap();
    let mut rows = statement.query(["account", "0"]).unwrap();
    let mut account = None;
    while let Some(row) = rows.next().unwrap() {
        let name = row.get_ref(0).unwrap().as_str().unwrap();
        let payload = row.get_ref(1).unwrap().as_str().unwrap();
        match name {
            "account-opened" => {
                let event: AccountOpened = serde_json::from_str(payload).unwrap();
                account = Some(Account { owner: event.owner, balance: 0 });
            }
            "money-credited" => {
                let event: MoneyCredited = serde_json::from_str(payload).unwrap();
                account.as_mut().unwrap().balance += event.amount;
            }
            "money-debited" => {
                let event: MoneyDebited = serde_json::from_str(payload).unwrap();
                account.as_mut().unwrap().balance -= event.amount;
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
