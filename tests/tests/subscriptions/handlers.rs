//! Event handlers: at least once, in order, retries, dead letters.

use std::{sync::Arc, time::Duration};

use cqrs::{
    application::DeadLetterError,
    event::Event,
    handler::{BoxError, EventContext, EventHandler, EventHandlerInfo, StartFrom, argument},
    prelude::*,
    registry::Registry,
    store::{DeadLetter, DeadLetterState, memory::MemoryStore},
    subscription::SubscriptionSettings,
};
use cqrs_tests::bank::*;
use futures_util::future::BoxFuture;

use super::world::*;

#[tokio::test]
async fn a_failing_event_is_tried_ever_later_and_becomes_a_dead_letter() {
    let (probe, store) = (Probe::new(), MemoryStore::new());
    let first_delay = Duration::from_millis(20);
    let settings = SubscriptionSettings { attempts: 4, first_delay, ..SubscriptionSettings::default() };
    probe.fail(13);
    let app = app_with(store, &probe, settings, Registry::event_handler::<Watcher>).await;
    let receipt = credit(&app, "a", 13).await;
    let letters = until_letters(&app, "watcher", |letters| !letters.is_empty()).await;
    let calls = probe.calls();
    let pauses: Vec<_> = calls.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    assert_eq!(pauses.len(), 3);
    for (pause, times) in pauses.iter().zip([1, 2, 4]) {
        assert!(*pause >= first_delay * times, "{pauses:?}");
    }
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!(
        (letter.attempts, letter.state, letter.key.position),
        (4, DeadLetterState::Failed, receipt.position())
    );
    assert_eq!((letter.key.stream.key(), letter.version.get()), ("a", 2));
    assert!(letter.error.contains("told to fail at 13"), "{}", letter.error);
}

#[tokio::test]
async fn an_event_that_succeeds_at_last_is_no_dead_letter() {
    let probe = Probe::new();
    let settings = SubscriptionSettings { attempts: 1_000, ..quick() };
    probe.fail(13);
    let app = app_with(MemoryStore::new(), &probe, settings, Registry::event_handler::<Watcher>).await;
    credit(&app, "a", 13).await;
    probe.until_called("watcher", 13).await;
    credit(&app, "a", 1).await;
    probe.mend();
    probe.until_called("watcher", 1).await;
    assert!(app.dead_letters("watcher").list().await.unwrap().is_empty());
}

/// Account `a` has a failed credit of 13 with 1 and 2 queued behind; `b` went on.
async fn parked(store: MemoryStore, probe: &Arc<Probe>) -> (Application, Vec<Position>) {
    let app = watching(store, probe).await;
    probe.fail(13);
    let mut positions = Vec::new();
    for amount in [13, 1, 2] {
        positions.push(credit(&app, "a", amount).await.position());
    }
    credit(&app, "b", 5).await;
    probe.until_called("watcher", 5).await;
    let letters = until_letters(&app, "watcher", |letters| !letters.is_empty()).await;
    let states: Vec<_> = letters.iter().map(|letter| (letter.key.position, letter.state)).collect();
    assert_eq!(states, [(positions[0], DeadLetterState::Failed)], "what waits behind it is in the log");
    assert_eq!(sorted(probe.amounts("watcher")), [5, 13, 13]);
    (app, positions)
}

fn sorted(mut amounts: Vec<i64>) -> Vec<i64> {
    amounts.sort_unstable();
    amounts
}

#[tokio::test]
async fn a_parked_stream_queues_while_others_go_on_and_retry_takes_it_up_in_order() {
    let (probe, store) = (Probe::new(), MemoryStore::new());
    let (app, positions) = parked(store, &probe).await;
    probe.mend();
    let letters = app.dead_letters("watcher");
    let behind = letters.retry(positions[1]).await.unwrap_err();
    assert!(matches!(behind, DeadLetterError::Behind { first, .. } if first == positions[0]), "{behind}");
    let unknown = letters.retry(Position::new(999)).await.unwrap_err();
    assert!(matches!(unknown, DeadLetterError::NotFound { .. }), "{unknown}");
    letters.retry(positions[0]).await.unwrap();
    probe.until_called("watcher", 2).await;
    until_letters(&app, "watcher", <[DeadLetter]>::is_empty).await;
    credit(&app, "a", 3).await;
    probe.until_called("watcher", 3).await;
    assert_eq!(probe.amounts("watcher")[3..], [13, 1, 2, 3]);
}

#[tokio::test]
async fn skipping_gives_the_event_up_and_handles_those_behind() {
    let (probe, store) = (Probe::new(), MemoryStore::new());
    let (app, positions) = parked(store, &probe).await;
    app.dead_letters("watcher").skip(positions[0]).await.unwrap();
    probe.until_called("watcher", 2).await;
    until_letters(&app, "watcher", <[DeadLetter]>::is_empty).await;
    assert_eq!(probe.amounts("watcher")[3..], [1, 2]);
}

#[tokio::test]
async fn a_retry_that_fails_leaves_the_stream_parked() {
    let (probe, store) = (Probe::new(), MemoryStore::new());
    let (app, positions) = parked(store, &probe).await;
    app.dead_letters("watcher").retry(positions[0]).await.unwrap();
    let letters = until_letters(&app, "watcher", |letters| letters[0].attempts == 3).await;
    assert_eq!((letters.len(), letters[0].state), (1, DeadLetterState::Failed));
    assert_eq!(sorted(probe.amounts("watcher")), [5, 13, 13, 13]);
}

#[tokio::test]
async fn a_stream_stays_parked_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let probe = Probe::new();
    probe.fail(13);
    let app = watching(SqliteStore::open(&path).unwrap(), &probe).await;
    let failed = credit(&app, "a", 13).await.position();
    until_letters(&app, "watcher", |letters| !letters.is_empty()).await;
    app.shutdown().await.unwrap();

    let app = watching(SqliteStore::open(&path).unwrap(), &probe).await;
    credit(&app, "a", 1).await;
    credit(&app, "b", 2).await;
    probe.until_called("watcher", 2).await;
    probe.mend();
    app.dead_letters("watcher").retry(failed).await.unwrap();
    probe.until_called("watcher", 1).await;
    assert_eq!(probe.amounts("watcher"), [13, 13, 2, 13, 1]);
}

#[tokio::test]
async fn a_stream_freed_while_its_next_event_is_under_way_is_not_stuck() {
    let (probe, store) = (Probe::new(), MemoryStore::new());
    let app = watching(store, &probe).await;
    probe.fail(13);
    probe.hang([1_000, 1_001]);
    let failed = credit(&app, "a", 13).await.position();
    until_letters(&app, "watcher", |letters| !letters.is_empty()).await;
    // The next page holds b's event and a's; while b's is handled, a's stream is freed.
    credit(&app, "g", 1_000).await;
    probe.until_called("watcher", 1_000).await;
    credit(&app, "b", 1_001).await;
    credit(&app, "a", 7).await;
    probe.go_on.notify_one();
    probe.until_called("watcher", 1_001).await;
    app.dead_letters("watcher").skip(failed).await.unwrap();
    probe.go_on.notify_one();
    probe.until_called("watcher", 7).await;
    until_letters(&app, "watcher", <[DeadLetter]>::is_empty).await;
}

#[tokio::test]
async fn a_handler_that_panics_parks_that_event_and_nothing_else() {
    let probe = Probe::new();
    let app = watching(MemoryStore::new(), &probe).await;
    probe.panicking.lock().unwrap().insert(13);
    credit(&app, "a", 13).await;
    credit(&app, "b", 1).await;
    probe.until_called("watcher", 1).await;
    let letters = until_letters(&app, "watcher", |letters| !letters.is_empty()).await;
    assert!(letters[0].error.contains("panicked: told to panic at 13"), "{}", letters[0].error);
}

#[tokio::test]
async fn where_a_handler_starts_is_said_once_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let probe = Probe::new();
    let without = app_with(SqliteStore::open(&path).unwrap(), &probe, quick(), |_| ()).await;
    credit(&without, "a", 1).await;
    let both = async || {
        app_with(SqliteStore::open(&path).unwrap(), &probe, quick(), |registry| {
            registry.event_handler::<Watcher>();
            registry.event_handler::<Newcomer>();
        })
        .await
    };
    let app = both().await;
    until_checkpoint(&app, "newcomer", Position::new(2)).await;
    credit(&app, "a", 2).await;
    probe.until_called("newcomer", 2).await;
    probe.until_called("watcher", 2).await;
    app.shutdown().await.unwrap();
    // What comes while nobody runs is not "before now".
    credit(&without, "a", 3).await;
    let app = both().await;
    probe.until_called("newcomer", 3).await;
    probe.until_called("watcher", 3).await;
    app.shutdown().await.unwrap();
    assert_eq!(probe.amounts("newcomer"), [2, 3]);
    assert_eq!(probe.amounts("watcher"), [1, 2, 3]);
}

#[tokio::test]
async fn a_renamed_handler_goes_on_where_it_was_with_its_dead_letters() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteStore::open(folder.path().join("bank.db")).unwrap();
    renamed(MemoryStore::new()).await;
    renamed(sqlite).await;
}

async fn renamed(store: impl cqrs::store::Store + Clone) {
    let probe = Probe::new();
    probe.fail(13);
    let before = watching(store.clone(), &probe).await;
    credit(&before, "a", 1).await;
    let failed = credit(&before, "b", 13).await.position();
    until_letters(&before, "watcher", |letters| !letters.is_empty()).await;
    until_checkpoint(&before, "watcher", failed).await;
    drop(before);
    let after = app_with(store, &probe, quick(), Registry::event_handler::<Renamed>).await;
    credit(&after, "b", 2).await;
    credit(&after, "a", 3).await;
    probe.until_called("observer", 3).await;
    let letters = until_letters(&after, "observer", |letters| !letters.is_empty()).await;
    assert_eq!((letters.len(), letters[0].key.position), (1, failed));
    probe.mend();
    after.dead_letters("observer").retry(failed).await.unwrap();
    probe.until_called("observer", 2).await;
    assert_eq!(probe.amounts("observer"), [3, 13, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_continues_and_shutdown_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let probe = Probe::new();
    let mut expected = Vec::new();
    for round in 0..5 {
        let app = watching(SqliteStore::open(&path).unwrap(), &probe).await;
        for number in 0..20 {
            let amount = round * 100 + number + 1;
            credit(&app, &format!("account-{}", number % 3), amount).await;
            expected.push(amount);
        }
        probe.until_called("watcher", round * 100 + 5).await;
        app.shutdown().await.unwrap();
    }
    let app = watching(SqliteStore::open(&path).unwrap(), &probe).await;
    probe.until_called("watcher", 420).await;
    app.shutdown().await.unwrap();
    // Nothing was killed, so at least once is exactly once, and in order.
    assert_eq!(probe.amounts("watcher"), expected);
}

/// A handler that dispatches: it opens another account for each credit.
#[derive(Debug)]
struct Opener;

impl EventHandler for Opener {
    type Event = MoneyCredited;

    const NAME: &'static str = "opener";
    const ALIASES: &'static [&'static str] = &[];
    const FROM: StartFrom = StartFrom::Start;
    const INFO: EventHandlerInfo =
        EventHandlerInfo::new("opener", Some(<MoneyCredited as Event>::KINDS)).fallible(true);

    fn handle<'a>(
        event: &'a MoneyCredited,
        context: &'a EventContext<'a>,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let probe = argument::<Inject<Arc<Probe>>>(context)?;
            let dispatcher = argument::<Inject<Dispatcher>>(context)?;
            probe.note("opener", String::new(), event.amount);
            probe.go_on.notified().await;
            let open = OpenAccount { account: AccountId::new(event.amount), owner: "opener".into() };
            dispatcher.dispatch(open).command_id(CommandId::derived("opener", event.amount)).await?;
            probe.note("opener", "done".to_owned(), -event.amount);
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_handler_whose_dispatch_is_refused_for_the_shutdown_makes_no_dead_letter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let probe = Probe::new();
    let settings = SubscriptionSettings { attempts: 1, ..quick() };
    let opening = async || {
        let store = SqliteStore::open(&path).unwrap();
        app_with(store, &probe, settings, Registry::event_handler::<Opener>).await
    };
    let app = opening().await;
    credit(&app, "a", 9).await;
    probe.until_called("opener", 9).await;
    let mut shutdown = Box::pin(app.shutdown());
    assert!(futures_util::poll!(&mut shutdown).is_pending());
    probe.go_on.notify_one();
    shutdown.await.unwrap();

    probe.go_on.notify_one();
    let app = opening().await;
    probe.until_called("opener", -9).await;
    assert!(app.dead_letters("opener").list().await.unwrap().is_empty());
    assert!(app.repository::<Account>().find(&AccountId::new(9)).await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_dispatched_right_after_the_start_is_not_before_now() {
    let folder = tempfile::tempdir().unwrap();
    from_now(MemoryStore::new()).await;
    from_now(SqliteStore::open(folder.path().join("bank.db")).unwrap()).await;
}

async fn from_now(store: impl cqrs::store::Store) {
    let probe = Probe::new();
    let app = app_with(store, &probe, quick(), Registry::event_handler::<Newcomer>).await;
    credit(&app, "a", 1).await;
    credit(&app, "a", 2).await;
    probe.until_called("newcomer", 2).await;
    assert_eq!(probe.amounts("newcomer"), [1, 2]);
}
