//! From an event that is stored to the command that its process sends, handled, on an idle machine, in units of raw commits.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use cqrs::{
    Application,
    store::sqlite::{SqliteStore, Synchronous},
};

use super::{
    job::{BeginJob, JobId},
    run::application,
};
use crate::{
    domain, latency,
    postgres::{place::Schema, projection},
    table::{Row, Target, compare, median},
};

const SAMPLES: u32 = 100;

pub fn sqlite() -> Row {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let runtime = domain::runtime();
    let app = runtime.block_on(async {
        let store = SqliteStore::builder().synchronous(Synchronous::Full);
        application(Arc::new(store.open(folder.path().join("ours.db")).unwrap()), true).await
    });
    let (mut next, mut commits) = (0, latency::raw_commits(&folder.path().join("raw.db")));
    let measured = compare(
        || {
            next += SAMPLES;
            runtime.block_on(async { tokio::spawn(until_handled(app.clone(), next)).await.unwrap() })
        },
        &mut commits,
    );
    row(
        "an event stored to its process's command handled, idle machine, SQLite `FULL`, median, against one raw commit",
        measured,
    )
}

pub fn postgres() -> Row {
    let (schema, runtime) = (Schema::new(), domain::runtime());
    let app = runtime.block_on(async { application(Arc::new(schema.store().await), true).await });
    let mut next = 0;
    let measured = compare(
        || {
            next += SAMPLES;
            runtime.block_on(async { tokio::spawn(until_handled(app.clone(), next)).await.unwrap() })
        },
        || runtime.block_on(async { tokio::spawn(projection::raw_commit()).await.unwrap() }),
    );
    runtime.block_on(app.shutdown()).unwrap();
    row("the same on PostgreSQL", measured)
}

fn row(name: &'static str, (ours, other, ratio): (f64, f64, f64)) -> Row {
    let [ours, other] = [ours, other].map(|time| format!("{time:.0} µs"));
    Row { name, ours, other, ratio, target: Target::AtMost(4.0) }
}

/// Microseconds from the receipt, which comes with the commit of the event, to the commit of the command's.
async fn until_handled(app: Application, first: u32) -> f64 {
    let mut samples = Vec::new();
    for job in first..first + SAMPLES {
        let mut head = app.store().wake_ups();
        let begun = app.dispatch(BeginJob { job: JobId(job), due: None }).await.unwrap();
        let stored = Instant::now();
        // The step, and the command's event.
        let handled = begun.position().get() + 2;
        head.wait_for(|head| head.get() >= handled).await.unwrap();
        samples.push(stored.elapsed().as_secs_f64() * 1e6);
        // The other commands of the process.
        super::run::until_events(&app, handled + 6).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    median(samples)
}
