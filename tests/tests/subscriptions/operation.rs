//! Event handlers in operation: streams beside each other, retries, limits, and what somebody decides meanwhile.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use cqrs::{
    clock::Clock,
    handler::{
        BoxError, EventContext, EventHandler, EventHandlerInfo, EventHandlerSettings, HandledEvent,
        StartFrom, argument,
    },
    prelude::*,
    store::{DeadLetter, DeadLetterState, Store},
    testing::ManualClock,
};
use cqrs_tests::bank::*;
use futures_util::future::BoxFuture;

use super::world::*;

/// What the calls of a handler do, told by account and amount, and which of them were begun.
pub struct Play {
    pub act: Box<Act>,
    pub begun: Mutex<Vec<(String, i64)>>,
}

type Act = dyn Fn(String, i64) -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync;

impl Play {
    pub fn of<F>(act: impl Fn(String, i64) -> F + Send + Sync + 'static) -> Arc<Self>
    where
        F: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        let act = Box::new(move |account, amount| Box::pin(act(account, amount)) as BoxFuture<'static, _>);
        Arc::new(Self { act, begun: Mutex::default() })
    }

    pub fn begun(&self) -> Vec<(String, i64)> {
        self.begun.lock().unwrap().clone()
    }

    pub fn of_account(&self, account: &str) -> Vec<i64> {
        self.begun().into_iter().filter(|(of, _)| of == account).map(|(_, amount)| amount).collect()
    }

    pub async fn until(&self, what: impl Fn(&[(String, i64)]) -> bool) {
        let until = async {
            while !what(&self.begun()) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(PATIENCE, until).await.unwrap_or_else(|_| panic!("{:?}", self.begun()));
    }
}

/// Declares an event handler of credits that does what the play says.
macro_rules! player {
    ($type:ident, $name:literal, $blocking:literal, $settings:expr) => {
        pub struct $type;

        impl EventHandler for $type {
            type Event = MoneyCredited;

            const NAME: &'static str = $name;
            const ALIASES: &'static [&'static str] = &[];
            const FROM: StartFrom = StartFrom::Start;
            const SETTINGS: EventHandlerSettings = $settings;
            const BLOCKING: bool = $blocking;
            const INFO: EventHandlerInfo =
                EventHandlerInfo::new($name, <MoneyCredited as HandledEvent>::KINDS).fallible(true);

            fn handle<'a>(
                event: &'a MoneyCredited,
                context: &'a EventContext<'a>,
            ) -> BoxFuture<'a, Result<(), BoxError>> {
                Box::pin(async move {
                    let play = argument::<Inject<Arc<Play>>>(context)?;
                    let account = argument::<Id<Account>>(context)?.0.clone();
                    play.begun.lock().unwrap().push((account.clone(), event.amount));
                    (play.act)(account, event.amount).await
                })
            }
        }
    };
}
pub(crate) use player;

const SETTINGS: EventHandlerSettings = EventHandlerSettings::new();
const HOUR: Duration = Duration::from_hours(1);

player!(Sixteen, "sixteen", false, SETTINGS.concurrency(16));
player!(Patient, "patient", false, SETTINGS.attempts(4).delay(HOUR, HOUR.saturating_mul(3)));
player!(Limited, "limited", false, SETTINGS.time_limit(Duration::from_millis(50)).attempts(1));
player!(Blocking, "blocking", true, SETTINGS.time_limit(Duration::from_millis(50)).attempts(1_000));

pub async fn playing<H: EventHandler>(
    store: impl Store,
    play: &Arc<Play>,
    clock: Option<&ManualClock>,
) -> Application {
    let mut registry = write_model();
    registry.event_handler::<H>();
    let builder = Application::builder().store(store).registry(registry).subscription_settings(quick());
    let builder = builder.provide(Arc::clone(play));
    let builder = match clock {
        Some(clock) => builder.clock(clock.clone()),
        None => builder,
    };
    builder.start().await.unwrap()
}

fn ok() -> std::future::Ready<Result<(), BoxError>> {
    std::future::ready(Ok(()))
}

fn no() -> Result<(), BoxError> {
    Err("no".into())
}

#[tokio::test]
async fn slow_calls_of_twenty_streams_are_made_beside_each_other() {
    const CALL: Duration = Duration::from_millis(100);
    let store = MemoryStore::new();
    let app = app_with(store.clone(), &Probe::new(), quick(), |_| ()).await;
    for account in 0..20 {
        credit(&app, &account.to_string(), 1).await;
    }
    let play = Play::of(|_, _| async {
        tokio::time::sleep(CALL).await;
        Ok(())
    });
    let began = Instant::now();
    let handling = playing::<Sixteen>(store, &play, None).await;
    let head = app.store().head().await.unwrap();
    until_checkpoint(&handling, "sixteen", head).await;
    let took = began.elapsed();
    assert!(
        took < CALL * 8,
        "one after the other they take 2 s, beside each other 0.2 s, and these {took:?}"
    );
    assert_eq!(play.begun().len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_events_of_one_stream_are_handled_one_after_the_other() {
    let under_way = Arc::new(Mutex::new(HashMap::<String, i64>::new()));
    let play = Play::of(move |account: String, amount| {
        let under_way = Arc::clone(&under_way);
        async move {
            let before = under_way.lock().unwrap().insert(account.clone(), amount);
            assert_eq!(before, None, "two calls of {account} at a time");
            tokio::time::sleep(Duration::from_micros(amount.unsigned_abs() * 37 % 900)).await;
            under_way.lock().unwrap().remove(&account);
            Ok(())
        }
    });
    let app = playing::<Sixteen>(MemoryStore::new(), &play, None).await;
    for amount in 1..=50 {
        for account in ["a", "b", "c"] {
            credit(&app, account, amount).await;
        }
    }
    play.until(|begun| begun.len() == 150).await;
    for account in ["a", "b", "c"] {
        assert_eq!(play.of_account(account), (1..=50).collect::<Vec<_>>());
    }
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_failing_event_delays_its_own_stream_and_nothing_else() {
    let clock = ManualClock::at(cqrs::Timestamp::now());
    let mended = Arc::new(Mutex::new(false));
    let asked = Arc::clone(&mended);
    let play = Play::of(move |account, amount| {
        let fails = account == "a" && amount == 13 && !*asked.lock().unwrap();
        async move { if fails { no() } else { Ok(()) } }
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let app = playing::<Patient>(SqliteStore::open(&path).unwrap(), &play, Some(&clock)).await;
    for (account, amount) in [("a", 13), ("a", 1), ("b", 2), ("a", 3), ("b", 4)] {
        credit(&app, account, amount).await;
    }
    let head = app.store().head().await.unwrap();
    until_checkpoint(&app, "patient", head).await;
    assert_eq!(play.of_account("b"), [2, 4], "others go on");
    assert_eq!(play.of_account("a"), [13], "and its own stream waits");
    let letters = app.store().dead_letters("patient").await.unwrap();
    assert_eq!((letters.len(), letters[0].state, letters[0].attempts), (1, DeadLetterState::Waiting, 1));
    assert_eq!(letters[0].retry_at, Some(clock.now() + HOUR));
    assert!(app.dead_letters("patient").list().await.unwrap().is_empty(), "it is not dead");
    app.shutdown().await.unwrap();

    // Its time comes for whoever is there by then.
    let app = playing::<Patient>(SqliteStore::open(&path).unwrap(), &play, Some(&clock)).await;
    clock.advance(&app, HOUR.saturating_sub(Duration::from_secs(1))).await;
    assert_eq!(play.of_account("a"), [13]);
    clock.advance(&app, Duration::from_secs(1)).await;
    assert_eq!(play.of_account("a"), [13, 13]);
    *mended.lock().unwrap() = true;
    clock.advance(&app, 2 * HOUR).await;
    assert_eq!(play.of_account("a"), [13, 13, 13, 1, 3], "and then what waited, in order");
    assert!(app.store().dead_letters("patient").await.unwrap().is_empty());
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_last_attempt_leaves_a_dead_letter() {
    let clock = ManualClock::at(cqrs::Timestamp::now());
    let play = Play::of(|_, _| async { no() });
    let app = playing::<Patient>(MemoryStore::new(), &play, Some(&clock)).await;
    credit(&app, "a", 13).await;
    clock.advance(&app, 24 * HOUR).await;
    // After one hour, two more, three more.
    assert_eq!(play.of_account("a"), [13; 4]);
    let letters = app.dead_letters("patient").list().await.unwrap();
    assert_eq!((letters.len(), letters[0].state, letters[0].attempts), (1, DeadLetterState::Failed, 4));
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_call_that_hangs_is_ended_at_its_limit() {
    let play = Play::of(|_, amount| async move {
        if amount == 13 {
            std::future::pending::<()>().await;
        }
        Ok(())
    });
    let app = playing::<Limited>(MemoryStore::new(), &play, None).await;
    credit(&app, "a", 13).await;
    credit(&app, "b", 1).await;
    let letters = until_letters(&app, "limited", |letters| !letters.is_empty()).await;
    assert_eq!(letters[0].error, "the call took longer than 50ms, and was ended");
    play.until(|begun| begun.len() == 2).await;
    app.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_blocks_is_given_up_and_its_stream_waits_until_the_thread_is_back() {
    let (release, blocked) = std::sync::mpsc::channel::<()>();
    let blocked = Mutex::new(Some(blocked));
    let play = Play::of(move |_, amount| {
        if amount == 13
            && let Some(blocked) = blocked.lock().unwrap().take()
        {
            blocked.recv().unwrap();
        }
        ok()
    });
    let app = playing::<Blocking>(MemoryStore::new(), &play, None).await;
    credit(&app, "a", 13).await;
    credit(&app, "a", 1).await;
    credit(&app, "b", 2).await;
    // Although it works on one stream at a time, another is not held up.
    play.until(|begun| begun.contains(&("b".into(), 2))).await;
    let letters = app.store().dead_letters("blocking").await.unwrap();
    assert_eq!(letters[0].error, "the call took longer than 50ms, and was given up; it still runs");
    // Its time to be tried again has come, and it is not.
    while app.store().dead_letters("blocking").await.unwrap()[0].retry_at.unwrap() > cqrs::Timestamp::now() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    credit(&app, "c", 3).await;
    play.until(|begun| begun.contains(&("c".into(), 3))).await;
    assert_eq!(play.of_account("a"), [13]);
    release.send(()).unwrap();
    play.until(|begun| begun.contains(&("a".into(), 1))).await;
    assert_eq!(play.of_account("a"), [13, 13, 1]);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_event_that_is_skipped_while_it_is_called_stays_skipped() {
    let go_on = Arc::new(tokio::sync::Notify::new());
    let waits = Arc::clone(&go_on);
    let clock = ManualClock::at(cqrs::Timestamp::now());
    let play = Play::of(move |_, amount| {
        let waits = Arc::clone(&waits);
        async move {
            if amount == 13 {
                waits.notified().await;
                return no();
            }
            Ok(())
        }
    });
    let app = playing::<Patient>(MemoryStore::new(), &play, Some(&clock)).await;
    let failing = credit(&app, "a", 13).await.position();
    credit(&app, "a", 1).await;
    go_on.notify_one();
    until_state(&app, DeadLetterState::Waiting).await;
    app.dead_letters("patient").retry(failing).await.unwrap();
    play.until(|begun| begun.len() == 2).await;
    app.dead_letters("patient").skip(failing).await.unwrap();
    go_on.notify_one();
    play.until(|begun| begun.last() == Some(&("a".into(), 1))).await;
    assert_eq!(play.of_account("a"), [13, 13, 1]);
    app.shutdown().await.unwrap();
}

async fn until_state(app: &Application, state: DeadLetterState) {
    let is_there = |letters: &[DeadLetter]| letters.first().is_some_and(|letter| letter.state == state);
    let until = async {
        while !is_there(&app.store().dead_letters("patient").await.unwrap()) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, until).await.unwrap();
}

/// Release 0.1.0 wrote a letter for each event behind one that failed, and somebody skipped one of them.
#[tokio::test]
async fn what_release_0_1_0_left_in_letters_is_handled_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let play = Play::of(|_, _| ok());
    let app = app_with(SqliteStore::open(&path).unwrap(), &Probe::new(), quick(), |_| ()).await;
    let mut positions = Vec::new();
    for amount in [13, 1, 2, 3] {
        positions.push(credit(&app, "a", amount).await.position().get());
    }
    app.shutdown().await.unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    let head = positions[3];
    connection
        .execute(
            "INSERT INTO subscriptions (name, version, position, started_at, epoch) VALUES ('sixteen', 1, ?1, 0, 1)",
            [head.cast_signed()],
        )
        .unwrap();
    // The second event behind the first was skipped.
    for (position, state) in [(positions[0], "failed"), (positions[1], "queued"), (positions[3], "queued")] {
        connection
            .execute(
                "INSERT INTO dead_letters (handler, category, key, position, version, state, attempts, error, time)
                 VALUES ('sixteen', 'account', 'a', ?1, ?1, ?2, 5, 'no', '2026-01-02T03:04:05.000000000Z')",
                (position.cast_signed(), state),
            )
            .unwrap();
    }
    drop(connection);
    let app = playing::<Sixteen>(SqliteStore::open(&path).unwrap(), &play, None).await;
    assert!(play.begun().is_empty());
    app.dead_letters("sixteen").retry(Position::new(positions[0])).await.unwrap();
    play.until(|begun| begun.len() == 3).await;
    assert_eq!(play.of_account("a"), [13, 1, 3]);
    credit(&app, "a", 4).await;
    play.until(|begun| begun.len() == 4).await;
    let until = async {
        while !app.store().dead_letters("sixteen").await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, until).await.unwrap();
    app.shutdown().await.unwrap();
}
