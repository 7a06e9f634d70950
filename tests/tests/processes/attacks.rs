//! What breaks processes elsewhere.

use std::{sync::Arc, time::Duration};

use cqrs::{
    Metadata, StreamId,
    event::{Event, Payload},
    prelude::*,
    process::{ProcessManager, names},
    store::{Append, DueKind, DueQuery, Expected, NewEvent, Store, StreamWrite},
};
use registration::{OrderId, Registration};

use crate::{
    recorded::placed,
    world::{MINUTE, builder, clock, domain, note, pay, place, places, told},
};

/// Stores an event of whatever stream, as nobody's decision.
async fn store_event(store: &dyn Store, stream: StreamId, name: &str, payload: Payload) {
    let event = NewEvent {
        id: cqrs::EventId::generate(),
        name: name.into(),
        schema_version: 1,
        payload,
        tags: Vec::new(),
    };
    let writes = vec![StreamWrite { stream, expected: Expected::Any, events: vec![event] }];
    store.append(Append { writes, command: None, metadata: Metadata::new() }).await.unwrap();
}

async fn story(store: &Arc<dyn Store>, order: u32) -> Vec<String> {
    told::<Registration>(&**store, &OrderId(order)).await
}

#[tokio::test]
async fn a_redelivered_starter_starts_nothing_before_the_end_and_after_it() {
    for here in places().await {
        let clock = clock();
        let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
        app.dispatch(place(7, 2)).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        let again = || (StreamId::new("imported", "7"), placed().kind().name, placed().encode().unwrap());
        for steps in [2, 3] {
            let (stream, name, payload) = again();
            store_event(&*here.store, stream, name, payload).await;
            clock.advance(&app, Duration::ZERO).await;
            assert_eq!(story(&here.store, 7).await.len(), steps);
            app.dispatch(pay(7)).await.unwrap();
            clock.advance(&app, Duration::ZERO).await;
        }
        assert_eq!(
            app.process::<Registration>().state(&OrderId(7)).await.unwrap(),
            cqrs::process::Standing::Ended
        );
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_timer_that_comes_after_the_end_is_passed_over() {
    for here in places().await {
        let clock = clock();
        let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
        app.dispatch(place(7, 2)).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        let query = DueQuery::of(DueKind::Timer, ["registration"]);
        let row = here.store.due(&query, 10).await.unwrap().remove(0);
        app.dispatch(pay(7)).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        assert!(here.store.due(&query, 10).await.unwrap().is_empty());
        // As of a worker that was stopped before it set it.
        here.store.set_due(row).await.unwrap();
        clock.advance(&app, 20 * MINUTE).await;
        let told = story(&here.store, 7).await;
        assert_eq!(told.last().unwrap(), "due: registration-expired", "{told:?}");
        assert!(app.dead_letters("process/registration/steps").list().await.unwrap().is_empty());
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn timers_that_fell_due_while_the_application_was_down_come_once() {
    for here in places().await {
        let clock = clock();
        let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
        for order in 1..=4 {
            app.dispatch(place(order, 2)).await.unwrap();
        }
        clock.advance(&app, Duration::ZERO).await;
        drop(app);
        clock.set(crate::world::noon() + 60 * MINUTE);
        for _ in 0..3 {
            let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
            clock.advance(&app, Duration::ZERO).await;
            drop(app);
        }
        for order in 1..=4 {
            let told = story(&here.store, order).await;
            let due: Vec<_> = told.iter().filter(|text| text.starts_with("due")).collect();
            assert_eq!((due.len(), told.len()), (1, 4), "{told:?}");
        }
    }
}

#[tokio::test]
async fn a_process_that_is_no_longer_in_the_code_is_reported_and_its_timers_wait() {
    for here in places().await {
        let clock = clock();
        let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
        app.dispatch(place(7, 2)).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        drop(app);
        let without = builder(&here.store).registry(domain()).clock(clock.clone()).start().await.unwrap();
        clock.advance(&without, 20 * MINUTE).await;
        let findings = without.health().await.findings;
        let wanted = "timers of process manager `registration` are due since 2026-01-01T12:15:00Z, and this program does not have it";
        assert_eq!(findings, [wanted]);
        drop(without);
        let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        assert_eq!(story(&here.store, 7).await.len(), 4);
        assert_eq!(app.health().await.findings, [""; 0]);
        app.shutdown().await.unwrap();
    }
}

/// That a process is parked, with an error that says this, and others are not.
async fn parked(app: &Application, error: &str) {
    let letters = app.dead_letters("process/registration/steps").list().await.unwrap();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!(letter.letter.key.stream, Registration::stream(&OrderId(7)));
    assert!(letter.letter.error.contains(error), "{}", letter.letter.error);
}

#[tokio::test]
async fn a_handler_that_panics_parks_its_process_alone() {
    for here in places().await {
        let clock = clock();
        let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
        for order in [7, 8] {
            app.dispatch(place(order, 2)).await.unwrap();
        }
        clock.advance(&app, Duration::ZERO).await;
        app.dispatch(note(7, "panic")).await.unwrap();
        for order in [7, 8] {
            app.dispatch(pay(order)).await.unwrap();
        }
        clock.advance(&app, Duration::ZERO).await;
        parked(&app, "panicked: no such note").await;
        assert_eq!(story(&here.store, 8).await.len(), 3);
        assert!(!story(&here.store, 7).await.iter().any(|text| text.contains("ended")));
        // Skipped, it goes on with what waits behind.
        let position = app.dead_letters("process/registration/steps").list().await.unwrap()[0].key.position;
        app.dead_letters("process/registration/steps").skip(position).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        assert!(story(&here.store, 7).await.iter().any(|text| text.contains("ended")));
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_state_that_cannot_be_read_parks_its_process_alone() {
    for here in places().await {
        let clock = clock();
        let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
        let step = r#"{"trigger":{"id":"0198c0de-0000-7000-8000-000000000001","position":0,"kind":"event","name":"x"},
            "state":{"AwaitingPayment":{"conference":1}},"state_version":1}"#;
        let stream = Registration::stream(&OrderId(7));
        store_event(&*here.store, stream, names::STEP, Payload::from_json(step)).await;
        app.dispatch(pay(7)).await.unwrap();
        app.dispatch(place(8, 2)).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        parked(&app, "the state of process/registration/7 cannot be read: missing field `seats`").await;
        assert_eq!(story(&here.store, 8).await.len(), 2);
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn what_comes_before_its_process_is_ignored() {
    let here = places().await.swap_remove(0);
    let clock = clock();
    let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
    app.dispatch(pay(7)).await.unwrap();
    app.dispatch(place(7, 2)).await.unwrap();
    clock.advance(&app, Duration::ZERO).await;
    assert_eq!(story(&here.store, 7).await, ["order-placed: reserve-seats", "seats-reserved: "]);
}
