//! From the commit to the visible row of a SQLite projection, on an idle machine, in units of one raw commit.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use cqrs::{Application, store::sqlite::SqliteStore};
use cqrs_tests::bank::{AccountId, CreditAccount};

use crate::{
    domain,
    projection::{Totals, registry},
    raw,
    table::{Row, Target, compare, median},
};

const SAMPLES: usize = 200;

pub fn row() -> Row {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let runtime = domain::runtime();
    let store = runtime.block_on(async { SqliteStore::open(folder.path().join("ours.db")).unwrap() });
    let app = runtime.block_on(async {
        let app =
            Application::builder().shared_store(Arc::new(store)).registry(registry()).start().await.unwrap();
        domain::open(&app, 1).await;
        app
    });
    let (ours, other, ratio) = compare(
        || runtime.block_on(async { tokio::spawn(until_visible(app.clone())).await.unwrap() }),
        raw_commits(&folder.path().join("raw.db")),
    );
    Row {
        name: "commit to visible row in a SQLite projection, idle machine, median, against one raw commit",
        ours: format!("{ours:.0} µs"),
        other: format!("{other:.0} µs"),
        ratio,
        target: Target::AtMost(3.0),
    }
}

/// Microseconds of one raw commit, the median of many.
pub fn raw_commits(path: &Path) -> impl FnMut() -> f64 + use<> {
    let connection = raw::create(path, "FULL");
    let mut version = 0;
    move || {
        let mut one = || {
            version += 1;
            let started = Instant::now();
            let transaction = connection.unchecked_transaction().unwrap();
            raw::insert(&transaction, 0, version);
            transaction.commit().unwrap();
            started.elapsed().as_secs_f64() * 1e6
        };
        median((0..SAMPLES).map(|_| one()).collect())
    }
}

/// Microseconds from the receipt, which comes with the commit, to the row.
async fn until_visible(app: Application) -> f64 {
    let mut samples = Vec::new();
    for _ in 0..SAMPLES {
        let credit = CreditAccount { account: AccountId::new(0), amount: 1 };
        let receipt = app.dispatch(credit).await.unwrap();
        let committed = Instant::now();
        app.wait_for::<Totals>(&receipt).await.unwrap();
        samples.push(committed.elapsed().as_secs_f64() * 1e6);
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
    median(samples)
}
