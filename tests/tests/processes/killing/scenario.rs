//! Bells that are rung while processes of the operating system are killed, or stopped and continued.

use std::{path::Path, sync::Arc, time::Duration};

use cqrs::{
    Position,
    prelude::*,
    process::names,
    store::{EventQuery, Store, read_page},
    subscription::SubscriptionSettings,
};
use cqrs_tests::{child, process_audit::audit_processes};

use crate::ringing::{AskForRinging, Clapper, SetShut, registry};

use super::ground::{Ground, Plot};

const BELLS: u32 = 6;
/// How often each is rung again.
const AGAIN: u32 = 4;
const STOPS: u64 = 10;
/// What has not come by then does not come.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often it is killed: `.ci/long` says more.
pub fn kills() -> u32 {
    std::env::var("CQRS_TEST_KILLS").map_or(20, |kills| kills.parse().expect("a number of kills"))
}

async fn start(ground: Ground, store: &Arc<dyn Store>) -> Application {
    let settings = SubscriptionSettings { lease: ground.lease(), ..SubscriptionSettings::default() };
    let builder = Application::builder().shared_store(Arc::clone(store)).registry(registry());
    let builder = builder.provide(Arc::<Clapper>::default()).subscription_settings(settings);
    builder.start().await.unwrap()
}

fn ask(ringing: u32) -> AskForRinging {
    let bells = vec![ringing % BELLS, (ringing + 1) % BELLS, (ringing + 2) % BELLS];
    AskForRinging { ringing, bells, again: AGAIN, pause: 15 }
}

async fn ask_all(app: &Application, ringings: u32) {
    for ringing in 0..ringings {
        let id = CommandId::derived("asking", ringing);
        app.dispatch(ask(ringing)).command_id(id).await.unwrap();
    }
}

/// Asks for everything, and then shuts and opens bells until it is killed.
pub async fn run_child(ground: Ground, place: &Path, ringings: u32) {
    let app = start(ground, &ground.open(place).await).await;
    let asking = app.clone();
    tokio::spawn(async move { ask_all(&asking, ringings).await });
    loop {
        let shut = SetShut { bell: fastrand::u32(0..BELLS), shut: fastrand::bool() };
        app.dispatch(shut).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// How many events of processes there are, as one who reads on sees it.
struct Progress {
    store: Arc<dyn Store>,
    read: Position,
    count: u64,
}

impl Progress {
    fn new(store: Arc<dyn Store>) -> Self {
        Self { store, read: Position::START, count: 0 }
    }

    async fn count(&mut self) -> u64 {
        let query = EventQuery::all().after(self.read).names([names::STEP, names::TIMER, names::REFUSED]);
        let (events, end) = read_page(&*self.store, &query, 10_000).await.unwrap();
        (self.read, self.count) = (end.position, self.count + events.len() as u64);
        self.count
    }
}

/// Kills a process, again and again, at random moments.
pub async fn killed(test: &str, ground: Ground) {
    let (kills, Some(plot)) = (kills(), ground.plot()) else { return };
    let ringings = 3 * kills;
    let store = plot.open().await;
    start(ground, &store).await.shutdown().await.unwrap();
    let mut progress = Progress::new(plot.open().await);
    for _ in 0..kills {
        let until = progress.count().await + fastrand::u64(1..40);
        let mut running = child::start(test, &plot.place, ringings.into());
        while progress.count().await < until {
            assert!(running.try_wait().unwrap().is_none(), "the child ended by itself");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        running.kill().await.unwrap();
    }
    finish(&plot, ringings).await;
}

/// Runs an application and several processes, of which one is stopped for longer than its lease again and again, and goes on each time
/// as if nothing had been: others have taken over meanwhile.
pub async fn stopped(test: &str, ground: Ground, others: usize) {
    let Some(plot) = ground.plot() else { return };
    let ringings: u32 = 60;
    let app = start(ground, &plot.open().await).await;
    let mut progress = Progress::new(plot.open().await);
    let mut running: Vec<_> = (0..others).map(|_| child::start(test, &plot.place, ringings.into())).collect();
    for _ in 0..STOPS {
        let until = progress.count().await + fastrand::u64(1..40);
        // In the end nothing more is to come.
        for _ in 0..100 {
            if progress.count().await >= until {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        signal(&running[0], "-STOP").await;
        tokio::time::sleep(2 * ground.lease()).await;
        signal(&running[0], "-CONT").await;
    }
    for running in &mut running {
        running.kill().await.unwrap();
    }
    app.shutdown().await.unwrap();
    finish(&plot, ringings).await;
}

async fn signal(process: &tokio::process::Child, signal: &str) {
    let pid = process.id().expect("it runs").to_string();
    let sent = tokio::process::Command::new("kill").args([signal, &pid]).status().await;
    assert!(sent.unwrap().success());
}

/// Everything goes on to its end, and the log tells what cannot be otherwise.
async fn finish(plot: &Plot, ringings: u32) {
    plot.check().await;
    let store = plot.open().await;
    let app = start(plot.ground, &store).await;
    ask_all(&app, ringings).await;
    let expected = usize::try_from(ringings * AGAIN).unwrap();
    let started = std::time::Instant::now();
    let told = loop {
        let told = audit_processes(&*store).await;
        if told.are_settled() && told.timers >= expected {
            break told;
        }
        assert!(started.elapsed() < PATIENCE, "{told:?}\n{:?}", app.health().await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(told.timers, expected, "each alarm comes once");
    let commands = usize::try_from(ringings * (3 + 2 * AGAIN)).unwrap();
    assert_eq!(told.accepted + told.refused, commands);
    assert!(told.accepted > commands / 8 && told.refused > commands / 8, "{told:?}");
    for worker in ["process/ringing/steps", "process/ringing/sender"] {
        assert!(app.dead_letters(worker).list().await.unwrap().is_empty());
    }
    app.shutdown().await.unwrap();
}
