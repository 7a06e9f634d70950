//! Which processes there are, and where they stand.

use std::time::Duration;

use cqrs::{
    prelude::*,
    process::{ProcessInSight, ProcessPages, names},
    store::{EventQuery, ProcessCounts, read_page},
};
use registration::{OrderId, Registration};

use crate::world::{MINUTE, builder, clock, noon, pay, place, places};

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
