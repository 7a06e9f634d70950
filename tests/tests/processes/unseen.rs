//! The library's own events are shown to whoever asks for them.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use cqrs::{
    Metadata,
    bus::{CommandBus, CommandMessage, EventBus, HandlingError},
    event::RecordedEvent,
    handler::{BoxError, EventArgument, EventContext, EventHandler, EventHandlerInfo, StartFrom},
    prelude::*,
    process::names,
    store::{BoxFuture, EventQuery},
};
use registration::{OrderId, Registration};

use crate::world::{builder, clock, pay, place, places, registry};

#[derive(Default)]
pub struct Watched(Mutex<Vec<String>>);

pub struct WatchEverything;

impl EventHandler for WatchEverything {
    type Event = RecordedEvent;

    const NAME: &'static str = "watch-everything";
    const ALIASES: &'static [&'static str] = &[];
    const FROM: StartFrom = StartFrom::Start;
    const INFO: EventHandlerInfo = EventHandlerInfo::new("watch-everything", None)
        .taking(&[<Inject<Arc<Watched>> as EventArgument<'_, RecordedEvent>>::INFO]);

    fn handle<'a>(
        event: &'a RecordedEvent,
        context: &'a EventContext<'a>,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async {
            let watched: Inject<Arc<Watched>> = <_ as EventArgument<'_, RecordedEvent>>::extract(context)?;
            watched.0.lock().unwrap().push(event.envelope.name.to_string());
            Ok(())
        })
    }
}

const OF_DOMAIN: [&str; 2] = ["order-placed", "seats-reserved"];

#[tokio::test]
async fn handlers_of_every_event_relays_and_the_history_show_the_domain() {
    for here in places().await {
        let (clock, watched, relayed) = (clock(), Arc::<Watched>::default(), Arc::<Watched>::default());
        let bus = EventBus::in_memory();
        let heard = Arc::clone(&relayed);
        let listening = bus.listen("others").start(move |event| {
            heard.0.lock().unwrap().push(event.envelope.name.to_string());
            async { Ok::<_, HandlingError>(()) }
        });
        let _listening = listening.await.unwrap();
        let mut registry = registry();
        registry.event_handler::<WatchEverything>();
        let builder = builder(&here.store).registry(registry).clock(clock.clone());
        let builder = builder.provide(Arc::clone(&watched)).relay("relay", StartFrom::Start, bus);
        let app = builder.start().await.unwrap();
        app.dispatch(place(7, 2)).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        assert_eq!(*watched.0.lock().unwrap(), OF_DOMAIN);
        while relayed.0.lock().unwrap().len() < OF_DOMAIN.len() {
            tokio::task::yield_now().await;
        }
        assert_eq!(*relayed.0.lock().unwrap(), OF_DOMAIN);
        let names = |events: Vec<RecordedEvent>| -> Vec<_> {
            events.into_iter().map(|event| event.envelope.name).collect()
        };
        let history = app.history();
        assert_eq!(names(history.all().collect().await.unwrap()), OF_DOMAIN);
        let all = names(history.all().with_internal().collect().await.unwrap());
        assert_eq!(all, ["order-placed", "process/step", "seats-reserved", "process/step"]);
        for asked in [
            EventQuery::all().names([names::STEP]),
            EventQuery::all().category("process/registration"),
            EventQuery::stream(Registration::stream(&OrderId(7))),
        ] {
            assert_eq!(names(history.query(asked).collect().await.unwrap()), ["process/step"; 2]);
        }
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_command_for_another_program_goes_over_the_bus_and_without_the_librarys_headers() {
    for here in places().await {
        let (clock, bus) = (clock(), CommandBus::in_memory());
        let arrived = Arc::new(Mutex::new(Vec::<CommandMessage>::new()));
        let heard = Arc::clone(&arrived);
        let listening = bus.listen().start(move |command| {
            heard.lock().unwrap().push(command);
            async { Ok::<_, HandlingError>(()) }
        });
        let _listening = listening.await.unwrap();
        let app = builder(&here.store).clock(clock.clone()).provide(bus).start().await.unwrap();
        let placed = app.dispatch(place(7, 0)).await.unwrap();
        app.dispatch(pay(7)).actor("alice").await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        while arrived.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        let command = arrived.lock().unwrap()[0].clone();
        let Metadata { actor, headers, .. } = command.metadata;
        assert_eq!((command.name.as_str(), command.key.as_str()), ("refund-payment", "7"));
        assert_eq!((actor.as_deref(), headers.len()), (Some("alice"), 0));
        assert_ne!(placed.command_id, command.id);
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_command_for_another_program_without_a_bus_is_a_dead_letter_that_says_what_to_add() {
    let here = places().await.swap_remove(0);
    let clock = clock();
    let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
    app.dispatch(place(7, 0)).await.unwrap();
    app.dispatch(pay(7)).await.unwrap();
    clock.advance(&app, Duration::ZERO).await;
    let letters = app.dead_letters("process/registration/sender").list().await.unwrap();
    let error = &letters[0].letter.error;
    assert!(error.ends_with("add `.provide(command_bus)` to the builder"), "{error}");
}
