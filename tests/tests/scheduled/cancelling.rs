//! What was taken back never happens, and what has happened is never said to be taken back.

use cqrs::{dispatch::Scheduled, prelude::*, schedule::Cancellation, store::RefusalReason};

use super::world::{MINUTE, balance, builder, clock, credit, opened, places};

#[tokio::test]
async fn what_was_cancelled_is_refused_for_good() {
    for place in places().await {
        let clock = clock();
        let app = opened(builder(&place.store).clock(clock.clone())).await;
        let id = CommandId::generate();
        assert_eq!(app.scheduled().cancel(id, "").await.unwrap(), Cancellation::Unknown);
        app.dispatch(credit("a", 5)).command_id(id).after(MINUTE).await.unwrap();
        assert_eq!(app.scheduled().cancel(id, "a mistake").await.unwrap(), Cancellation::Cancelled);
        match app.scheduled().cancel(id, "again").await.unwrap() {
            Cancellation::Refused(refusal) => {
                assert_eq!((refusal.reason, &*refusal.text), (RefusalReason::Cancelled, "a mistake"));
            }
            other => panic!("it was taken back before: {other:?}"),
        }
        clock.advance(&app, 2 * MINUTE).await;
        assert_eq!(balance(&app, "a").await, 0);
        let now = app.dispatch(credit("a", 5)).command_id(id).await.unwrap_err();
        assert!(matches!(&now, DispatchError::Refused(refusal) if refusal.text == "a mistake"), "{now:?}");
        let later = app.dispatch(credit("a", 5)).command_id(id).after(MINUTE).await.unwrap_err();
        assert_eq!(later.code(), "refused");
        let other = app.dispatch(credit("a", 6)).command_id(id).await.unwrap_err();
        assert_eq!(other.code(), "command-id-reused");
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn what_was_handled_is_not_said_to_be_cancelled() {
    for place in places().await {
        let clock = clock();
        let app = opened(builder(&place.store).clock(clock.clone())).await;
        let id = CommandId::generate();
        app.dispatch(credit("a", 5)).command_id(id).after(MINUTE).await.unwrap();
        clock.advance(&app, MINUTE).await;
        match app.scheduled().cancel(id, "too late").await.unwrap() {
            Cancellation::Handled(receipt) => assert_eq!(receipt.event_count(), 1),
            other => panic!("it has happened: {other:?}"),
        }
        app.shutdown().await.unwrap();
    }
}

/// Both at once, many times: whatever is said is true (hard parts, H10).
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_cancellation_and_the_events_one_is_there() {
    for place in places().await {
        let app = opened(builder(&place.store)).await;
        let (mut cancelled, mut expected) = (0, 0);
        for round in 0..60_u64 {
            let Scheduled::Waiting { command_id, due } = app
                .dispatch(credit("a", 1))
                .after(std::time::Duration::from_millis(round % 4))
                .await
                .unwrap()
            else {
                panic!("it is new")
            };
            let left = std::time::Duration::try_from(due.duration_since(cqrs::Timestamp::now()));
            tokio::time::sleep(left.unwrap_or_default()).await;
            match app.scheduled().cancel(command_id, "a race").await.unwrap() {
                Cancellation::Cancelled => cancelled += 1,
                Cancellation::Handled(_) => expected += 1,
                other => panic!("it is one of two: {other:?}"),
            }
        }
        // Nothing is under way any more that might still be stored.
        app.dispatch(credit("b", 1)).after(std::time::Duration::ZERO).await.unwrap();
        while balance(&app, "b").await == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(balance(&app, "a").await, expected, "{cancelled} were cancelled");
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_scheduled_for_an_aggregate_outlives_a_restart() {
    for place in places().await {
        if !place.store.capabilities().durable {
            continue;
        }
        let clock = clock();
        let app = opened(builder(&place.store).clock(clock.clone())).await;
        app.dispatch(credit("a", 5)).after(MINUTE).await.unwrap();
        drop(app);
        clock.set(clock_later(&clock));
        let app = builder(&place.store).clock(clock.clone()).start().await.unwrap();
        clock.advance(&app, MINUTE).await;
        assert_eq!(balance(&app, "a").await, 5, "it fell due while nobody ran");
        app.shutdown().await.unwrap();
    }
}

fn clock_later(clock: &cqrs::testing::ManualClock) -> cqrs::Timestamp {
    use cqrs::clock::Clock;
    clock.now() + 60 * MINUTE
}
