//! One process runs an event handler at a time; another takes over.

use std::{sync::Arc, thread, time::Duration};

use cqrs::{
    event::Event,
    handler::{BoxError, EventContext, EventHandler, EventHandlerInfo, StartFrom, argument},
    prelude::*,
    store::DeadLetter,
    subscription::{State, SubscriptionSettings},
};
use cqrs_tests::bank::*;
use futures_util::future::BoxFuture;

use super::world::*;

async fn until_state(app: &Application, state: State) {
    let reached = async {
        while !app.status().iter().any(|status| status.state == state) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, reached).await.expect("the state is reached");
}

#[tokio::test]
async fn a_second_application_stands_by_and_takes_over_when_the_first_shuts_down() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let (of_one, of_other) = (Probe::new(), Probe::new());
    let one = watching(SqliteStore::open(&path).unwrap(), &of_one).await;
    credit(&one, "a", 1).await;
    of_one.until_called("watcher", 1).await;
    let other = watching(SqliteStore::open(&path).unwrap(), &of_other).await;
    until_state(&other, State::StandingBy).await;
    credit(&other, "a", 2).await;
    of_one.until_called("watcher", 2).await;
    one.shutdown().await.unwrap();
    credit(&other, "a", 3).await;
    of_other.until_called("watcher", 3).await;
    assert_eq!((of_one.amounts("watcher"), of_other.amounts("watcher")), (vec![1, 2], vec![3]));
}

/// Runs an application on a runtime that is gone at once when it is dropped, as with a kill.
fn kill_after(path: &std::path::Path, probe: &Arc<Probe>, amount: i64) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let app = watching(SqliteStore::open(path).unwrap(), probe).await;
        credit(&app, "a", amount).await;
        probe.until_called("watcher", amount).await;
        std::mem::forget(app);
    });
    runtime.shutdown_background();
}

#[tokio::test]
async fn a_lease_whose_owner_died_is_taken_over_when_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let (of_one, of_other) = (Probe::new(), Probe::new());
    of_one.hang([2]);
    let (dying, of_dying) = (path.clone(), Arc::clone(&of_one));
    thread::spawn(move || kill_after(&dying, &of_dying, 2)).join().unwrap();
    let other = watching(SqliteStore::open(&path).unwrap(), &of_other).await;
    until_state(&other, State::StandingBy).await;
    // The event at which the first died is handled again.
    of_other.until_called("watcher", 2).await;
}

#[tokio::test]
async fn a_dead_letter_retried_by_another_application_is_handled_by_the_one_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let probe = Probe::new();
    probe.fail(13);
    let owner = watching(SqliteStore::open(&path).unwrap(), &probe).await;
    let failed = credit(&owner, "a", 13).await.position();
    until_letters(&owner, "watcher", |letters| !letters.is_empty()).await;
    let other = app_with(SqliteStore::open(&path).unwrap(), &Probe::new(), quick(), |_| ()).await;
    probe.mend();
    other.dead_letters("watcher").retry(failed).await.unwrap();
    until_letters(&owner, "watcher", <[DeadLetter]>::is_empty).await;
    assert_eq!(probe.amounts("watcher"), [13, 13, 13]);
}

/// Keeps its thread, and with it the renewing of its lease, for longer than the lease; and fails then, if told to.
#[derive(Debug)]
struct Sleeper;

/// How long it sleeps; others do not sleep.
#[derive(Debug, Clone, Copy)]
struct Sleep(Duration);

impl EventHandler for Sleeper {
    type Event = MoneyCredited;

    const NAME: &'static str = "sleeper";
    const ALIASES: &'static [&'static str] = &[];
    const FROM: StartFrom = StartFrom::Start;
    const INFO: EventHandlerInfo =
        EventHandlerInfo::new("sleeper", Some(<MoneyCredited as Event>::KINDS)).fallible(true);

    fn handle<'a>(
        event: &'a MoneyCredited,
        context: &'a EventContext<'a>,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let probe = argument::<Inject<Arc<Probe>>>(context)?;
            probe.note("sleeper", String::new(), event.amount);
            thread::sleep(argument::<Inject<Sleep>>(context)?.0);
            Ok(probe.obey(event.amount)?)
        })
    }
}

async fn sleeping(path: &std::path::Path, probe: &Arc<Probe>, sleep: Duration) -> Application {
    let mut registry = write_model();
    registry.event_handler::<Sleeper>();
    let settings = SubscriptionSettings { attempts: 1, lease: Duration::from_millis(150), ..quick() };
    let builder = Application::builder().store(SqliteStore::open(path).unwrap()).registry(registry);
    let builder = builder.subscription_settings(settings).provide(Arc::clone(probe)).provide(Sleep(sleep));
    builder.start().await.unwrap()
}

/// The first owner sleeps through its lease in the middle of an event, and then fails; a second took over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_that_slept_through_its_lease_can_do_no_more_than_finish_its_call() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let (of_one, of_other) = (Probe::new(), Probe::new());
    of_one.fail(1);
    let writer = app_with(SqliteStore::open(&path).unwrap(), &of_one, quick(), |_| ()).await;
    for amount in 1..=3 {
        credit(&writer, "a", amount).await;
    }
    let (slow, of_slow) = (path.clone(), Arc::clone(&of_one));
    let first = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let app = sleeping(&slow, &of_slow, Duration::from_millis(800)).await;
            of_slow.until_called("sleeper", 1).await;
            // Woken only after the sleep; what follows is what it does without its lease.
            tokio::time::sleep(Duration::from_millis(300)).await;
            app.shutdown().await.unwrap();
        });
    });
    of_one.until_called("sleeper", 1).await;
    let other = sleeping(&path, &of_other, Duration::ZERO).await;
    of_other.until_called("sleeper", 3).await;
    until_checkpoint(&other, "sleeper", Position::new(4)).await;
    tokio::task::spawn_blocking(|| first.join().unwrap()).await.unwrap();
    credit(&other, "a", 4).await;
    of_other.until_called("sleeper", 4).await;
    assert_eq!(of_other.amounts("sleeper"), [1, 2, 3, 4]);
    assert_eq!(of_one.amounts("sleeper"), [1]);
    assert!(
        other.dead_letters("sleeper").list().await.unwrap().is_empty(),
        "its failure came too late to count"
    );
}

/// Each event is short, and all of one page together are longer than the lease.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_long_page_of_short_events_does_not_cost_the_lease() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let (of_one, of_other) = (Probe::new(), Probe::new());
    let writer = app_with(SqliteStore::open(&path).unwrap(), &of_one, quick(), |_| ()).await;
    for amount in 1..=40 {
        credit(&writer, "a", amount).await;
    }
    let one = sleeping(&path, &of_one, Duration::from_millis(20)).await;
    of_one.until_called("sleeper", 1).await;
    let other = sleeping(&path, &of_other, Duration::ZERO).await;
    of_one.until_called("sleeper", 40).await;
    until_checkpoint(&one, "sleeper", Position::new(41)).await;
    assert_eq!(of_other.amounts("sleeper"), [0; 0]);
    drop(other);
    assert_eq!(of_one.amounts("sleeper"), (1..=40).collect::<Vec<_>>());
}
