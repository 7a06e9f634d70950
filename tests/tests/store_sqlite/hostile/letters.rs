//! Subscriptions, leases and dead letters.

use std::time::Duration;

use cqrs::{
    Position, Uuid,
    store::{SubscriptionStart, SubscriptionStore},
};

use super::{assert_damage, assert_says, problems};
use crate::damage::damaged;

const SUBSCRIPTIONS: &str = "INSERT INTO subscriptions (name, version, position, started_at, epoch) VALUES";

fn start(name: &'static str) -> SubscriptionStart {
    SubscriptionStart { name, aliases: &[], version: 1, position: Some(Position::START) }
}

#[tokio::test]
async fn a_checkpoint_below_zero_names_its_subscription() {
    for values in ["1, -7, 0, 0", "1, 0, -7, 0", "-1, 0, 0, 0", "1, 0, 0, -1"] {
        let (_file, store) =
            damaged(&format!("{SUBSCRIPTIONS} ('reader', {values}), ('sound', 1, 2, 0, 0)")).await;
        assert_damage(&store.subscribe(start("reader")).await.unwrap_err(), &["`reader`", "column"]);
        assert_damage(&store.subscription("reader").await.unwrap_err(), &["`reader`"]);
        assert_damage(&store.subscriptions().await.unwrap_err(), &["`reader`"]);
        assert_eq!(store.subscribe(start("sound")).await.unwrap().position, Position::new(2));
        let found = problems(&store).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_says(&found[0], &["subscriptions", "reader"]);
    }
}

#[tokio::test]
async fn a_checkpoint_beyond_the_head_is_found() {
    let (_file, store) =
        damaged(&format!("{SUBSCRIPTIONS} ('reader', 1, 1000000, 0, 0), ('sound', 1, 6, 0, 0)")).await;
    let found = problems(&store).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_says(&found[0], &["`reader`", "1000000", "head of the log, 6"]);
}

#[tokio::test]
async fn a_lease_that_nobody_can_have_been_given_is_no_reason_to_stand_by() {
    let hour = Duration::from_hours(1);
    let owned = |owner: &str, until: &str| {
        format!(
            "{SUBSCRIPTIONS} ('reader', 1, 0, 0, 1);
             UPDATE subscriptions SET owner = '{owner}', lease_until = {until}"
        )
    };
    let soon = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+1 minute')";
    let somebody = Uuid::now_v7().to_string();
    for until in ["'9999-01-01T00:00:00.000000000Z'", "'tomorrow'"] {
        let (_file, store) = damaged(&owned(&somebody, until)).await;
        let taken = store.acquire_lease("reader", Uuid::now_v7(), hour).await.unwrap();
        assert!(taken.is_some_and(|lease| lease.epoch > 0), "{until}");
    }
    // Whoever holds one that may have been given is waited for, by whatever name.
    for owner in ["zzz", &somebody] {
        let (_file, store) = damaged(&owned(owner, soon)).await;
        assert_eq!(store.acquire_lease("reader", Uuid::now_v7(), hour).await.unwrap(), None, "{owner}");
    }
    let (_file, store) = damaged("SELECT 1").await;
    assert_eq!(store.acquire_lease("nobody", Uuid::now_v7(), hour).await.unwrap(), None);
}

#[tokio::test]
async fn a_letter_that_cannot_be_read_is_named() {
    let letter = |state: &str, time: &str| {
        format!(
            "INSERT INTO dead_letters (handler, category, key, position, version, state, attempts, error, time)
             VALUES ('mailer', 'thing', 'a', 2, 2, '{state}', 1, 'no', '{time}'),
                    ('printer', 'thing', 'b', 4, 1, 'failed', 1, 'no', '2026-01-02T03:04:05.000000000Z')"
        )
    };
    for (state, time) in [("undecided", "2026-01-02T03:04:05.000000000Z"), ("failed", "yesterday")] {
        let (_file, store) = damaged(&letter(state, time)).await;
        let error = store.dead_letters("mailer").await.unwrap_err();
        assert_damage(&error, &["`mailer`", "thing/a", "position 2"]);
        assert_eq!(store.dead_letters("printer").await.unwrap().len(), 1);
        let found = problems(&store).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_says(&found[0], &["dead_letters", "`mailer`", "thing/a"]);
    }
}
