//! Clocks that jump.

use std::time::Duration;

use cqrs::clock::Clock;

use super::world::{MINUTE, balance, builder, clock, credit, opened, places};

#[tokio::test]
async fn a_clock_that_jumps_back_lets_nothing_happen_twice() {
    for place in places().await {
        let clock = clock();
        let app = opened(builder(&place.store).clock(clock.clone())).await;
        let begun = clock.now();
        app.dispatch(credit("a", 5)).after(MINUTE).await.unwrap();
        app.dispatch(credit("a", 7)).after(10 * MINUTE).await.unwrap();
        for _ in 0..3 {
            clock.advance(&app, 2 * MINUTE).await;
            assert_eq!(balance(&app, "a").await, 5);
            clock.set(begun);
        }
        clock.advance(&app, 10 * MINUTE).await;
        assert_eq!(balance(&app, "a").await, 12);
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_lets_happen_what_is_due() {
    for place in places().await {
        let clock = clock();
        let app = opened(builder(&place.store).clock(clock.clone())).await;
        for minutes in [1_u32, 60, 100_000] {
            app.dispatch(credit("a", i64::from(minutes))).after(MINUTE * minutes).await.unwrap();
        }
        clock.set(clock.now() + MINUTE * 1_000);
        clock.advance(&app, Duration::ZERO).await;
        assert_eq!(balance(&app, "a").await, 61);
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn what_happens_has_the_time_of_the_clock() {
    let place = places().await.swap_remove(0);
    let clock = clock();
    let app = opened(builder(&place.store).clock(clock.clone())).await;
    clock.set(clock.now() + MINUTE);
    app.dispatch(credit("a", 1)).await.unwrap();
    let events = app.history().all().collect().await.unwrap();
    assert_eq!(events.last().unwrap().envelope.metadata.time, clock.now());
}

/// By the machine's own clock, and in real time.
#[tokio::test(flavor = "multi_thread")]
async fn on_an_idle_machine_it_is_begun_soon_after_it_is_due() {
    for place in places().await {
        let app = opened(builder(&place.store)).await;
        let started = std::time::Instant::now();
        app.dispatch(credit("a", 1)).after(Duration::from_millis(100)).await.unwrap();
        while balance(&app, "a").await == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let took = started.elapsed();
        assert!(took >= Duration::from_millis(100), "{took:?}");
        assert!(took < Duration::from_secs(5), "{took:?}");
        app.shutdown().await.unwrap();
    }
}
