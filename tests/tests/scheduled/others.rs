//! Several processes at one store, and rows that none of them knows or can read.

use std::time::Duration;

use cqrs::{
    clock::Clock,
    prelude::*,
    registry::Registry,
    store::{Due, DueKey, DueKind},
};
use cqrs_tests::bank::*;

use super::world::{MINUTE, balance, builder, clock, credit, opened, places};

/// Hard parts, H11: nobody else's rows stand in anybody's way.
#[tokio::test]
async fn what_this_program_does_not_know_holds_up_nothing_and_is_left_alone() {
    for place in places().await {
        let clock = clock();
        let app = opened(builder(&place.store).clock(clock.clone())).await;
        let mut payload = None;
        app.dispatch(credit("a", 5)).after(MINUTE).await.unwrap();
        for number in 0..300 {
            let known = place.store.due_owners(DueKind::Command).await.unwrap();
            assert!(known.contains(&"credit-account".to_owned()));
            let key = DueKey::new(DueKind::Command, format!("{number}"));
            let payload = payload.get_or_insert_with(|| "{}".to_owned()).clone();
            let row = Due { key, due: clock.now(), owner: "of-tomorrow".into(), payload };
            assert_eq!(place.store.set_due(row).await.unwrap(), None);
        }
        clock.advance(&app, MINUTE).await;
        assert_eq!(balance(&app, "a").await, 5);
        let left = place.store.find_due(&DueKey::new(DueKind::Command, "299")).await.unwrap();
        assert!(left.is_some(), "whoever knows it will find it");
        let findings = app.health().await.findings.join("\n");
        assert!(findings.contains("`of-tomorrow`"), "{findings}");
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn a_program_without_commands_touches_nothing() {
    for place in places().await {
        let clock = clock();
        let app = opened(builder(&place.store).clock(clock.clone())).await;
        app.dispatch(credit("a", 5)).after(MINUTE).await.unwrap();
        drop(app);
        clock.set(clock.now() + 2 * MINUTE);
        let other =
            builder(&place.store).registry(Registry::empty()).clock(clock.clone()).start().await.unwrap();
        clock.advance(&other, MINUTE).await;
        drop(other);
        let app = builder(&place.store).clock(clock.clone()).start().await.unwrap();
        clock.advance(&app, MINUTE).await;
        assert_eq!(balance(&app, "a").await, 5);
        app.shutdown().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_is_passed_over() {
    for place in places().await {
        let app = opened(builder(&place.store)).await;
        let now = cqrs::Timestamp::now();
        let row = |key: &str, payload: &str| Due {
            key: DueKey::new(DueKind::Command, key),
            due: now,
            owner: "credit-account".into(),
            payload: payload.into(),
        };
        place.store.set_due(row(&CommandId::generate().to_string(), "{}")).await.unwrap();
        place.store.set_due(row("no id", r#"{"command":{}}"#)).await.unwrap();
        app.dispatch(credit("a", 5)).after(Duration::ZERO).await.unwrap();
        while balance(&app, "a").await == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        app.shutdown().await.unwrap();
    }
}

/// Two applications on one store: each command is handled once, whoever has the lease, and also by who takes it over.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_processes_one_polls_and_another_takes_over() {
    for place in places().await {
        let one = opened(builder(&place.store)).await;
        let two = builder(&place.of_another).start().await.unwrap();
        for number in 0..100_u64 {
            let app = if number % 2 == 0 { &one } else { &two };
            app.dispatch(credit("a", 1)).after(Duration::from_millis(number * 3)).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        // Not in order: its lease is left to run out.
        drop(one);
        let started = std::time::Instant::now();
        while balance(&two, "a").await < 100 {
            assert!(started.elapsed() < Duration::from_secs(20), "{}", balance(&two, "a").await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let events = two.history().stream(Account::stream(&AccountId::new("a"))).collect().await.unwrap();
        assert_eq!(events.len(), 101);
        two.shutdown().await.unwrap();
    }
}
