//! The whole story, as it runs.

use registration::{OrderId, Registration};
use std::time::Duration;

use crate::world::{MINUTE, builder, clock, note, pay, place, places, seats_taken, told};

#[tokio::test]
async fn from_its_start_to_its_end_by_events_and_their_causes() {
    for here in places().await {
        let clock = clock();
        let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
        app.dispatch(place(7, 2)).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        app.dispatch(pay(7)).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        assert_eq!(
            told::<Registration>(&*here.store, &OrderId(7)).await,
            ["order-placed: reserve-seats", "seats-reserved: ", "payment-completed: , ended"]
        );
        assert_eq!(seats_taken(&*here.store).await, [r#"seats-reserved {"seats":2}"#]);
        clock.advance(&app, 20 * MINUTE).await;
        assert_eq!(told::<Registration>(&*here.store, &OrderId(7)).await.len(), 3, "its timer is cancelled");
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_command_comes_back_and_another_is_sent() {
    for here in places().await {
        let clock = clock();
        let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
        app.dispatch(place(7, 12)).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        assert_eq!(
            told::<Registration>(&*here.store, &OrderId(7)).await,
            [
                "order-placed: reserve-seats",
                "refused: reserve-seats: the command was rejected: 10 seats are left",
                "reserve-seats/refused: reserve-seats",
                "refused: reserve-seats: the command was rejected: 10 seats are left",
                "reserve-seats/refused: reserve-seats",
                "seats-reserved: "
            ]
        );
        assert_eq!(seats_taken(&*here.store).await, [r#"seats-reserved {"seats":10}"#]);
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_timer_fires_once_by_the_clock() {
    for here in places().await {
        let clock = clock();
        let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
        app.dispatch(place(7, 2)).await.unwrap();
        clock.advance(&app, 14 * MINUTE).await;
        assert_eq!(told::<Registration>(&*here.store, &OrderId(7)).await.len(), 2);
        clock.advance(&app, MINUTE).await;
        clock.set(clock_start());
        clock.advance(&app, 60 * MINUTE).await;
        assert_eq!(
            told::<Registration>(&*here.store, &OrderId(7)).await,
            [
                "order-placed: reserve-seats",
                "seats-reserved: ",
                "due: registration-expired",
                "registration-expired: give-seats-back, ended"
            ]
        );
        app.shutdown().await.unwrap();
    }
}

fn clock_start() -> cqrs::Timestamp {
    crate::world::noon()
}

#[tokio::test]
async fn a_command_with_a_time_of_its_own_waits_and_its_answer_comes_to_the_process() {
    for here in places().await {
        let clock = clock();
        let app = builder(&here.store).clock(clock.clone()).start().await.unwrap();
        app.dispatch(place(7, 2)).await.unwrap();
        app.dispatch(note(7, "remind")).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        assert_eq!(app.scheduled().all().next_page().await.unwrap().unwrap().len(), 1);
        clock.advance(&app, MINUTE).await;
        let told = told::<Registration>(&*here.store, &OrderId(7)).await;
        assert_eq!(told.last().unwrap(), "order-noted: ", "{told:?}");
        assert_eq!(told.iter().filter(|step| step.starts_with("order-noted")).count(), 2, "{told:?}");
        app.shutdown().await.unwrap();
    }
}
