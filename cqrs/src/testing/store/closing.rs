//! Closing.

use std::fmt::Debug;

use futures_util::future::join_all;

use crate::{
    message::{CommandId, Position},
    store::{EventQuery, StoreError, read_page},
};

use super::{
    fixtures::{all, must_append, some, stream},
    opened::Opened,
    subscriptions::from_start,
};

#[allow(clippy::needless_pass_by_value, reason = "it ends the outcome of each call")]
fn is_closed<T: Debug>(outcome: Result<T, StoreError>) {
    assert!(matches!(outcome, Err(StoreError::Closed)), "a closed store should say so: {outcome:?}");
}

pub(super) async fn a_closed_store_refuses_every_call(store: Opened<'_>) {
    must_append(&*store, some("a", 1)).await;
    store.close().await.unwrap();
    is_closed(store.append(some("a", 1)).await);
    is_closed(read_page(&*store, &EventQuery::all(), 10).await);
    is_closed(store.version(&stream("a")).await);
    is_closed(store.head().await);
    is_closed(store.command(CommandId::generate()).await);
    is_closed(store.load_snapshot(&stream("a")).await);
    is_closed(store.subscribe(from_start("a")).await);
    is_closed(store.subscriptions().await);
    is_closed(store.advance("a", 0, Position::START, Position::START).await);
    is_closed(store.dead_letters("a").await);
    is_closed(store.failures(None, 10).await);
    is_closed(store.last_handled("mailer", &stream("a")).await);
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
