//! Closing.

use std::{fmt::Debug, time::Duration};

use futures_util::future::join_all;
use uuid::Uuid;

use crate::{
    message::{CommandId, Position, Version},
    store::{DueKind, DueQuery, EventQuery, Refusal, RefusalReason, Store, StoreError, read_page},
};

use super::{
    dead_letters::{key, letter},
    failures::failure,
    fixtures::{all, claim, must_append, some, stream},
    opened::Opened,
    schedule::due,
    snapshots::snapshot,
    subscriptions::from_start,
};

#[track_caller]
#[allow(clippy::needless_pass_by_value, reason = "it ends the outcome of each call")]
fn is_closed<T: Debug>(outcome: Result<T, StoreError>) {
    assert!(matches!(outcome, Err(StoreError::Closed)), "a closed store should say so: {outcome:?}");
}

pub(super) async fn a_closed_store_refuses_every_call(store: Opened<'_>) {
    must_append(&*store, some("a", 1)).await;
    store.subscribe(from_start("a")).await.unwrap();
    let other_handle = store.share();
    store.close().await.unwrap();
    for store in [&*store, &*other_handle] {
        the_log_is_closed(store).await;
        subscriptions_are_closed(store).await;
        dead_letters_are_closed(store).await;
        the_rest_is_closed(store).await;
    }
}

async fn the_log_is_closed(store: &dyn Store) {
    is_closed(store.append(some("a", 1)).await);
    is_closed(read_page(store, &EventQuery::all(), 10).await);
    is_closed(read_page(store, &EventQuery::stream(stream("a")), 10).await);
    is_closed(store.version(&stream("a")).await);
    is_closed(store.head().await);
    is_closed(store.command(CommandId::generate()).await);
}

async fn subscriptions_are_closed(store: &dyn Store) {
    is_closed(store.subscribe(from_start("a")).await);
    is_closed(store.subscription("a").await);
    is_closed(store.subscriptions().await);
    is_closed(store.advance("a", 0, Position::START, Position::new(1)).await);
    is_closed(store.acquire_lease("a", Uuid::now_v7(), Duration::from_mins(1)).await);
    let lease = crate::store::Lease { name: "a".into(), owner: Uuid::now_v7(), epoch: 1 };
    is_closed(store.renew_lease(&lease, Duration::from_mins(1)).await);
    is_closed(store.release_lease(&lease).await);
}

async fn dead_letters_are_closed(store: &dyn Store) {
    is_closed(store.park(letter("a", 1, crate::store::DeadLetterState::Failed)).await);
    is_closed(store.dead_letters("mailer").await);
    is_closed(store.count_dead_letters("mailer").await);
    is_closed(store.retry_dead_letter(&key("a", 1)).await);
    is_closed(store.remove_dead_letter(&key("a", 1)).await);
}

async fn the_rest_is_closed(store: &dyn Store) {
    is_closed(store.save_snapshot(snapshot(1, 1)).await);
    is_closed(store.load_snapshot(&stream("a")).await);
    is_closed(store.record_failure(failure(1, crate::message::Metadata::new())).await);
    is_closed(store.failures(None, 10).await);
    is_closed(store.last_handled("mailer", &stream("a")).await);
    is_closed(store.record_handled("mailer", &stream("a"), Version::NONE, Version::new(1)).await);
    is_closed(store.horizon(Duration::ZERO).await);
    if store.capabilities().schedules {
        the_schedule_is_closed(store).await;
    }
}

async fn the_schedule_is_closed(store: &dyn Store) {
    let (row, claim) = (due("a", 1, "open"), claim(CommandId::generate(), "{}"));
    let refusal = Refusal::new(RefusalReason::Expired, "too late");
    is_closed(store.set_due(row.clone()).await);
    is_closed(store.replace_due(row.clone()).await);
    is_closed(store.move_due(&row, row.clone()).await);
    is_closed(store.remove_due(std::slice::from_ref(&row.key)).await);
    is_closed(store.refuse_due(&row.key, &claim, &refusal, None).await);
    is_closed(store.find_due(&row.key).await);
    is_closed(store.due(&DueQuery::of(DueKind::Command, ["open"]), 1).await);
    is_closed(store.due_owners(DueKind::Command).await);
}

pub(super) async fn a_closed_store_can_be_closed_again(store: Opened<'_>) {
    must_append(&*store, some("a", 1)).await;
    let other_handle = store.share();
    for handle in [&*store, &*store, &*other_handle] {
        handle.close().await.expect("closing again is no error");
    }
    is_closed(store.head().await);
}

/// Each append either was accepted, and then its events are there, or is told that the store is closed.
pub(super) async fn what_was_accepted_before_closing_is_written(mut store: Opened<'_>) {
    let appends = (0..64).map(|index| {
        let store = store.share();
        tokio::spawn(async move { store.append(some(&index.to_string(), 1)).await })
    });
    let appends: Vec<_> = appends.collect();
    tokio::task::yield_now().await;
    store.close().await.unwrap();
    let outcomes = join_all(appends).await.into_iter().map(|outcome| outcome.unwrap());
    let mut accepted = Vec::new();
    for (index, outcome) in outcomes.enumerate() {
        match outcome {
            Ok(_) => accepted.push(index),
            Err(StoreError::Closed) => {}
            Err(other) => panic!("an append is accepted or refused: {other:?}"),
        }
    }
    if store.capabilities().durable {
        store.reopen().await;
        for index in &accepted {
            let version = store.version(&stream(index.to_string())).await.unwrap();
            assert_eq!(version.get(), 1, "an accepted append is missing");
        }
        assert_eq!(all(&*store).await.len(), accepted.len(), "a refused append was stored");
    }
}
