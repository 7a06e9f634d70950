//! Event handlers: streams beside each other, and what it costs to call one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use cqrs::{
    Application,
    event::Event,
    handler::{
        BoxError, EventContext, EventHandler, EventHandlerInfo, EventHandlerSettings, StartFrom, argument,
    },
    prelude::*,
    registry::Registry,
    store::{BoxFuture, Store},
};
use cqrs_tests::bank::MoneyCredited;

use crate::{
    domain, projection,
    table::{Row, Target, compare, rates},
};

const STREAMS: usize = 16;
const CALLS: usize = 20;

/// How many calls have ended.
#[derive(Clone, Default)]
struct Ended(Arc<AtomicUsize>);

macro_rules! handler {
    ($type:ident, $name:literal, $blocking:literal, $call:expr) => {
        struct $type;

        impl EventHandler for $type {
            type Event = MoneyCredited;

            const NAME: &'static str = $name;
            const ALIASES: &'static [&'static str] = &[];
            const FROM: StartFrom = StartFrom::Start;
            const SETTINGS: EventHandlerSettings = EventHandlerSettings::new().concurrency(16);
            const BLOCKING: bool = $blocking;
            const INFO: EventHandlerInfo = EventHandlerInfo::new($name, Some(MoneyCredited::KINDS));

            fn handle<'a>(
                _: &'a MoneyCredited,
                context: &'a EventContext<'a>,
            ) -> BoxFuture<'a, Result<(), BoxError>> {
                Box::pin(async move {
                    let ended = argument::<Inject<Ended>>(context)?;
                    $call.await;
                    ended.0.fetch_add(1, Ordering::Relaxed);
                    Ok(())
                })
            }
        }
    };
}

handler!(Mailer, "mailer", false, tokio::time::sleep(Duration::from_millis(10)));
handler!(Nothing, "nothing", false, std::future::ready(()));
handler!(NothingBlocking, "nothing-blocking", true, std::future::ready(()));

/// Sixteen streams of calls that take ten milliseconds, against one stream.
pub fn streams() -> Row {
    let runtime = domain::runtime();
    rates(
        "an event handler with `concurrency = 16`, calls of 10 ms: 16 streams, against one stream",
        "calls",
        Target::AtLeast(14.0),
        compare(|| runtime.block_on(calls(STREAMS)), || runtime.block_on(calls(1))),
    )
}

/// Calls of so many streams a second, with events that are there from the start.
async fn calls(streams: usize) -> f64 {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().join("store.db");
    let app = domain::application(Arc::new(SqliteStore::open(&path).unwrap())).await;
    domain::open(&app, streams).await;
    domain::credits(&app, streams, streams, CALLS).await;
    app.shutdown().await.unwrap();
    rate::<Mailer>(Arc::new(SqliteStore::open(&path).unwrap()), streams * CALLS).await
}

/// A handler that does nothing.
pub fn nothing() -> Row {
    of_nothing::<Nothing>("an `async` event handler that does nothing, 100,000 events, SQLite `FULL`")
}

/// A handler that does nothing, and may block.
pub fn nothing_blocking() -> Row {
    of_nothing::<NothingBlocking>(
        "an event handler without `async` that does nothing, 100,000 events, SQLite `FULL`",
    )
}

fn of_nothing<H: EventHandler>(name: &'static str) -> Row {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let template = projection::template(folder.path());
    let runtime = domain::runtime();
    let run = || {
        let store = SqliteStore::open(projection::copy(&template, "ours.db")).unwrap();
        runtime.block_on(rate::<H>(Arc::new(store), projection::EVENTS))
    };
    rates(name, "events", Target::AtLeast(50_000.0), compare(run, || 1.0))
}

/// Events of a store a second, from the start of the application until the last is handled and that is stored.
async fn rate<H: EventHandler>(store: Arc<dyn Store>, events: usize) -> f64 {
    let ended = Ended::default();
    let mut registry = Registry::empty();
    registry.aggregate::<cqrs_tests::bank::Account>();
    registry.event_handler::<H>();
    let head = store.head().await.unwrap();
    let app = Application::builder().shared_store(store).registry(registry).provide(ended.clone());
    let started = Instant::now();
    let app = app.start().await.unwrap();
    while app.status()[0].position < head {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let elapsed = started.elapsed();
    assert_eq!(ended.0.load(Ordering::Relaxed), events, "each was handled once");
    app.shutdown().await.unwrap();
    #[allow(clippy::cast_precision_loss, reason = "counts are small")]
    let events = events as f64;
    events / elapsed.as_secs_f64()
}
