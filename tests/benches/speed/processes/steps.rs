//! Processes of four steps and four commands, against the same appends by plain dispatch.

use std::{sync::Arc, time::Instant};

use cqrs::store::{
    Store,
    sqlite::{SqliteStore, Synchronous},
};

use super::run::{application, begin, finish, share_out, until_events, until_finished, work_on};
use crate::{
    domain,
    postgres::place::Schema,
    table::{Row, Target, compare, rates},
};

const JOBS: u32 = 1_000;

/// Four steps and four commands.
const APPENDS: u32 = 8;

pub fn sqlite() -> Row {
    rates(
        "64 processes at a time, 4 steps and 4 commands each, SQLite `FULL`, against the same 8 appends by plain dispatch, 64 tasks",
        "appends",
        Target::AtLeast(0.5),
        compare(|| on_sqlite(true), || on_sqlite(false)),
    )
}

pub fn postgres() -> Row {
    rates(
        "the same on PostgreSQL",
        "appends",
        Target::AtLeast(0.5),
        compare(|| on_postgres(true), || on_postgres(false)),
    )
}

fn on_sqlite(with_process: bool) -> f64 {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    domain::runtime().block_on(async {
        let options = SqliteStore::builder().synchronous(Synchronous::Full);
        appends(Arc::new(options.open(folder.path().join("store.db")).unwrap()), with_process).await
    })
}

fn on_postgres(with_process: bool) -> f64 {
    let schema = Schema::new();
    domain::runtime().block_on(async { appends(Arc::new(schema.store().await), with_process).await })
}

/// One side alone.
pub fn child(store: &str, side: &str) -> f64 {
    if store == "sqlite" { on_sqlite(side == "ours") } else { on_postgres(side == "ours") }
}

/// Appends a second. The command that begins a job comes on top on both sides, and is not counted.
async fn appends(store: Arc<dyn Store>, with_process: bool) -> f64 {
    let app = application(store, with_process).await;
    let (for_tasks, started) = (app.clone(), Instant::now());
    if with_process {
        share_out(JOBS, move |job| {
            let app = for_tasks.clone();
            async move { until_finished(&app, job).await }
        })
        .await;
        until_events(&app, u64::from(JOBS * (APPENDS + 1))).await;
    } else {
        share_out(JOBS, move |job| {
            let app = for_tasks.clone();
            async move { plainly(&app, job).await }
        })
        .await;
    }
    let elapsed = started.elapsed().as_secs_f64();
    app.shutdown().await.unwrap();
    f64::from(JOBS * APPENDS) / elapsed
}

/// The commands of a job, and as many of another in place of the steps.
async fn plainly(app: &cqrs::Application, job: u32) {
    begin(app, job, None).await;
    begin(app, JOBS + job, None).await;
    for _ in 0..3 {
        work_on(app, job).await;
        work_on(app, JOBS + job).await;
    }
    finish(app, job).await;
}
