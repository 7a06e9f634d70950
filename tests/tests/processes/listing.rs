//! Which processes there are, and where they stand.

use std::time::Duration;

use cqrs::{
    prelude::*,
    process::{ProcessInSight, ProcessPages, names},
    store::{EventQuery, ProcessCounts, read_page},
    subscription::WaitError,
};
use registration::{OrderId, Registration};

use crate::world::{MINUTE, builder, clock, domain, noon, note, pay, place, places};

async fn all(mut pages: ProcessPages<Registration>) -> Vec<ProcessInSight<OrderId>> {
    let mut all = Vec::new();
    while let Some(page) = pages.next_page().await.unwrap() {
        all.extend(page);
    }
    all
}

fn ids(all: &[ProcessInSight<OrderId>]) -> Vec<u32> {
    all.iter().map(|process| process.id.0).collect()
}

#[tokio::test]
async fn those_that_run_and_those_that_have_ended_are_listed() {
    for here in places().await {
        let clock = clock();
        let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
        let processes = app.process::<Registration>();
        assert_eq!(all(processes.running()).await, []);
        for order in [7, 8, 9] {
            app.dispatch(place(order, 2)).await.unwrap();
        }
        clock.advance(&app, Duration::ZERO).await;
        app.dispatch(pay(8)).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        let running = all(processes.running()).await;
        assert_eq!(ids(&running), [7, 9]);
        let steps = EventQuery::stream(Registration::stream(&OrderId(7))).names([names::STEP]);
        let (steps, _) = read_page(&*here.store, &steps, 9).await.unwrap();
        let last = steps.last().unwrap();
        let expected = ProcessInSight {
            id: OrderId(7),
            version: last.envelope.version,
            position: last.position,
            next_due: Some(noon() + 15 * MINUTE),
        };
        assert_eq!(running[0], expected);
        let ended = all(processes.ended()).await;
        assert_eq!((ids(&ended), ended[0].next_due), (vec![8], None));
        assert_eq!(processes.count().await.unwrap(), ProcessCounts { running: 2, ended: 1 });
        clock.advance(&app, 20 * MINUTE).await;
        assert_eq!(ids(&all(processes.ended()).await), [7, 8, 9], "their timers have ended them");
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn more_than_a_page_are_listed_each_once() {
    for here in places().await {
        let clock = clock();
        let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
        let placed = (100..400).map(|order| app.dispatch(place(order, 0)).into_future());
        futures_util::future::try_join_all(placed).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        let running = all(app.process::<Registration>().running()).await;
        assert_eq!(ids(&running), (100..400).collect::<Vec<_>>());
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn who_waits_for_a_receipt_sees_what_has_come_of_it() {
    for here in places().await {
        let app = builder(&here.store).clock(clock()).start().await.unwrap();
        let processes = app.process::<Registration>();
        for order in 1..20 {
            let receipt = app.dispatch(place(order, 0)).await.unwrap();
            processes.wait_for(&receipt).within(MINUTE).await.unwrap();
            assert!(processes.state(&OrderId(order)).await.unwrap().state().is_some());
            assert_eq!(processes.count().await.unwrap().running, u64::from(order));
        }
        let receipt = app.dispatch(note(7, "panic")).await.unwrap();
        processes.wait_for(&receipt).await.unwrap();
        let letters = app.dead_letters("process/registration/steps").list().await.unwrap();
        assert_eq!(letters.len(), 1, "a letter counts as handled, and is there by then");
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn who_waits_where_it_does_not_run_is_told() {
    let here = places().await.swap_remove(0);
    let app = builder(&here.store).registry(domain()).start().await.unwrap();
    let receipt = app.dispatch(place(7, 0)).await.unwrap();
    let error = app.process::<Registration>().wait_for(&receipt).await.unwrap_err();
    assert!(matches!(error, WaitError::NotRunning("process/registration/steps")), "{error}");
}
