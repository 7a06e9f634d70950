//! Sixty thousand processes that are woken at one instant on PostgreSQL, and commands beside.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use cqrs::{Application, Timestamp};
use cqrs_tests::bank::{AccountId, CreditAccount};
use tokio::task::JoinSet;

use super::{
    job::RUNG,
    run::{TASKS, application},
    timers::{set, until_rung},
};
use crate::{
    domain,
    postgres::place::Schema,
    scheduled::against_one,
    table::{Row, Target, rates},
};

const PROCESSES: u32 = 60_000;

/// One run serves both rows.
static MEASURED: LazyLock<(f64, f64, f64)> = LazyLock::new(measure);

/// How long until all have made their step.
pub fn all() -> Row {
    let (seconds, _, _) = *MEASURED;
    against_one(
        "60,000 processes woken at one instant on PostgreSQL, commands beside: until all have stepped",
        "s",
        seconds,
        15.0,
    )
}

/// What is left for commands beside them.
pub fn beside() -> Row {
    let (_, woken, alone) = *MEASURED;
    rates(
        "plain dispatch, 64 tasks, beside them until all have stepped, against alone",
        "commands",
        Target::AtLeast(0.5),
        (woken, alone, woken / alone),
    )
}

/// Seconds until all have stepped; commands a second meanwhile, and before.
fn measure() -> (f64, f64, f64) {
    let schema = Schema::new();
    domain::runtime().block_on(async {
        let app = application(Arc::new(schema.store().await), true).await;
        domain::open(&app, TASKS as usize).await;
        set(&app, PROCESSES).await;
        let alone = Beside::run(&app, Duration::from_secs(5)).await;
        let now = format!("{:.9}", Timestamp::now());
        schema.connect().await.execute("UPDATE due SET due = $1", &[&now]).await.unwrap();
        let started = Instant::now();
        let beside = Beside::start(&app);
        until_rung(PROCESSES as usize).await;
        let seconds = started.elapsed().as_secs_f64();
        let woken = beside.stop().await;
        assert_eq!(RUNG.load(Ordering::Relaxed), PROCESSES as usize);
        app.shutdown().await.unwrap();
        (seconds, woken, alone)
    })
}

/// Commands that go on until they are told to stop.
struct Beside {
    tasks: JoinSet<()>,
    done: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    started: Instant,
}

impl Beside {
    async fn run(app: &Application, time: Duration) -> f64 {
        let beside = Self::start(app);
        tokio::time::sleep(time).await;
        beside.stop().await
    }

    fn start(app: &Application) -> Self {
        let (done, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let mut tasks = JoinSet::new();
        for account in 0..TASKS {
            let (app, done, stop) = (app.clone(), Arc::clone(&done), Arc::clone(&stop));
            tasks.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let account = AccountId::new(account);
                    app.dispatch(CreditAccount { account, amount: 1 }).await.unwrap();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Self { tasks, done, stop, started: Instant::now() }
    }

    /// Commands a second.
    async fn stop(mut self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "counts are small")]
        let done = self.done.load(Ordering::Relaxed) as f64;
        let rate = done / self.started.elapsed().as_secs_f64();
        self.stop.store(true, Ordering::Relaxed);
        while let Some(task) = self.tasks.join_next().await {
            task.unwrap();
        }
        rate
    }
}
