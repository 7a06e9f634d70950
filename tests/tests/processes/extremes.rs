//! Input at its limits: very many commands, a very large one, and timers at the ends of time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use cqrs::{
    Metadata, Timestamp,
    bus::{CommandBus, HandlingError},
    prelude::*,
    process::{Limits, SetTimer, TimerRow, names},
    registry::Registry,
    store::{Due, DueKey, DueKind, DueQuery, EventQuery, Store, read_page},
};

use crate::world::{MINUTE, builder, clock, noon, places, told};

#[derive(Event, Serialize, Deserialize)]
pub struct Asked {
    pub what: String,
}

#[derive(Event, Serialize, Deserialize)]
pub struct Rang {}

#[derive(Event, Serialize, Deserialize)]
pub struct RangLast {}

#[derive(Command, Serialize, Deserialize, Clone, Debug)]
pub struct Ask {
    #[command(id)]
    pub id: u32,
    pub what: String,
}

/// Handled by another program.
#[derive(Command, Serialize, Deserialize)]
pub struct Carry {
    #[command(id)]
    pub id: u32,
    pub load: String,
}

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u32)]
pub struct Asker {}

#[event_handler]
impl Asker {
    fn asked(&mut self, _: &Asked) {}
}

#[command_handler]
impl Asker {
    fn ask(_: Option<&Self>, command: Ask) -> Asked {
        Asked { what: command.what }
    }
}

#[derive(ProcessManager, Serialize, Deserialize)]
#[process_manager(id = u32, from = now)]
pub struct Extremes {
    rang: u32,
}

#[event_handler]
impl Extremes {
    #[correlate(stream)]
    fn asked(event: &Asked, id: Id<Asker>, mut outbox: Outbox<'_, Self>) -> Self {
        let id = id.into_inner();
        match event.what.as_str() {
            "many" => (0..10_000).for_each(|number: u32| {
                outbox.send_remote(Carry { id, load: number.to_string() });
            }),
            "large" => drop(outbox.send_remote(Carry { id, load: "x".repeat(1 << 20) })),
            "past" => outbox.schedule(Rang {}).at(Timestamp::MIN),
            _ => {
                outbox.schedule(Rang {}).at(Timestamp::MAX);
                outbox.schedule(RangLast {}).after(Duration::MAX);
            }
        }
        Self { rang: 0 }
    }

    #[timer]
    fn rang(&mut self, _: &Rang) {
        self.rang += 1;
    }

    #[timer]
    fn rang_last(&mut self, _: &RangLast) {
        self.rang += 1;
    }
}

fn registry() -> Registry {
    let mut registry = Registry::empty();
    registry.aggregate::<Asker>();
    registry.command::<Ask>();
    registry.process_manager::<Extremes>();
    registry
}

fn ask(what: &str) -> Ask {
    Ask { id: 1, what: what.to_owned() }
}

/// So many as no step has by default; an application may allow it.
const WIDE: Limits = Limits { commands: 10_000, bytes: 16 << 20, chain: 1_000 };

#[tokio::test]
async fn ten_thousand_commands_are_a_letter_unless_the_application_allows_them() {
    for (limits, carried) in [(Limits::default(), 0), (WIDE, 10_000)] {
        let here = places().await.swap_remove(0);
        let (clock, bus, heard) = (clock(), CommandBus::in_memory(), Arc::new(AtomicUsize::new(0)));
        let counting = Arc::clone(&heard);
        let listening = bus.listen().start(move |_| {
            counting.fetch_add(1, Ordering::Relaxed);
            async { Ok::<_, HandlingError>(()) }
        });
        let _listening = listening.await.unwrap();
        let builder = builder(&here.store).registry(registry()).clock(clock.clone()).provide(bus);
        let app = builder.process_limits(limits).start().await.unwrap();
        app.dispatch(ask("many")).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        while heard.load(Ordering::Relaxed) < carried {
            tokio::task::yield_now().await;
        }
        let letters = app.dead_letters("process/extremes/steps").list().await.unwrap();
        assert_eq!(letters.len(), usize::from(carried == 0), "{letters:?}");
        app.shutdown().await.unwrap();
    }
}

/// A server of NATS takes a mebibyte at a time.
#[cfg(feature = "nats")]
#[tokio::test]
async fn a_command_larger_than_the_bus_takes_is_a_dead_letter_at_once() {
    use cqrs_tests::{nats::Prefix, services::Service};
    if !cqrs_tests::nats::server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let bus = cqrs::bus::nats::NatsBus::builder(Service::Nats.address()).prefix(prefix.name());
    let bus = bus.connect().await.unwrap().commands();
    let here = places().await.swap_remove(0);
    let clock = clock();
    let builder = builder(&here.store).registry(registry()).clock(clock.clone()).provide(bus);
    let app = builder.process_limits(WIDE).start().await.unwrap();
    app.dispatch(ask("large")).await.unwrap();
    clock.advance(&app, Duration::ZERO).await;
    let letters = app.dead_letters("process/extremes/sender").list().await.unwrap();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!(letter.letter.attempts, 1, "{}", letter.letter.error);
    assert!(letter.letter.error.starts_with("the command `carry` ("), "{}", letter.letter.error);
    app.dead_letters("process/extremes/sender").skip(letter.key.position).await.unwrap();
    clock.advance(&app, Duration::ZERO).await;
    let told = told::<Extremes>(&*here.store, &1).await;
    assert!(told[1].starts_with("refused: carry: somebody skipped it"), "{told:?}");
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_timer_in_the_past_comes_at_once_and_one_at_the_end_of_time_waits_for_that() {
    for here in places().await {
        let clock = clock();
        let app = builder(&here.store).registry(registry()).clock(clock.clone()).start().await.unwrap();
        app.dispatch(ask("past")).await.unwrap();
        app.dispatch(Ask { id: 2, ..ask("never") }).await.unwrap();
        clock.advance(&app, 1_000_000 * MINUTE).await;
        assert_eq!(told::<Extremes>(&*here.store, &1).await, ["asked: ", "due: rang", "rang: "]);
        assert_eq!(told::<Extremes>(&*here.store, &2).await, ["asked: "]);
        let page = app.process::<Extremes>().running().next_page().await.unwrap().unwrap();
        assert_eq!(
            page.iter().map(|process| process.next_due).collect::<Vec<_>>(),
            [None, Some(Timestamp::MAX)]
        );
        let waiting = here.store.due(&DueQuery::of(DueKind::Timer, ["extremes"]), 9).await.unwrap();
        assert_eq!(waiting.len(), 2, "none of them overflows");
        app.shutdown().await.unwrap();
    }
}

/// As of so many processes: the rows are all that the poller knows of them.
const AT_ONCE: u32 = 5_000;

async fn set_timers(store: &dyn Store) {
    for number in 0..AT_ONCE {
        let timer = SetTimer {
            id: cqrs::EventId::derived("extremes", number),
            name: "rang".into(),
            schema_version: 1,
            payload: cqrs::event::Payload::from_json("{}"),
            due: noon() + MINUTE,
            depth: 0,
        };
        let process = cqrs::StreamId::new("process/extremes", (100 + number).to_string());
        let row = TimerRow { process, timer, metadata: Metadata::new() };
        let key = DueKey::new(DueKind::Timer, row.id().to_string());
        let payload = serde_json::to_string(&row).unwrap();
        let due = Due { key, due: row.timer.due, owner: "extremes".into(), payload };
        assert!(store.set_due(due).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn thousands_of_timers_at_one_instant_come_once_each() {
    let here = places().await.swap_remove(0);
    set_timers(&*here.store).await;
    let clock = clock();
    let app = builder(&here.store).registry(registry()).clock(clock.clone()).start().await.unwrap();
    clock.advance(&app, 2 * MINUTE).await;
    let query = EventQuery::all().names([names::TIMER]);
    let (come, _) = read_page(&*here.store, &query, 10 * AT_ONCE as usize).await.unwrap();
    assert_eq!(come.len(), AT_ONCE as usize);
    assert!(here.store.due(&DueQuery::of(DueKind::Timer, ["extremes"]), 9).await.unwrap().is_empty());
    assert!(app.dead_letters("process/extremes/steps").list().await.unwrap().is_empty());
    app.shutdown().await.unwrap();
}
