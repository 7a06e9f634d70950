//! Futures that nobody waits for any more.

use std::{ops::ControlFlow, time::Duration};

use futures_util::future::{BoxFuture, FutureExt, select};

use crate::{
    message::CommandId,
    store::{EventQuery, StoreError},
};

use super::{
    fixtures::{all, answering, claim, must_append, read, some, stream, versions},
    opened::Opened,
};

/// Polls a future for a random while, and drops it.
async fn drop_early(future: BoxFuture<'_, ()>, round: u64) {
    let wait = tokio::time::sleep(Duration::from_micros(fastrand::u64(0..200)));
    if round.is_multiple_of(3) {
        // Never polled again after its first await point.
        let _ = future.now_or_never();
    } else {
        select(future, Box::pin(wait)).await;
    }
}

pub(super) async fn a_dropped_append_is_wholly_there_or_not_at_all(store: Opened<'_>) {
    let mut claims = Vec::new();
    for round in 0..100 {
        let claim = claim(CommandId::generate(), "{}");
        let append = answering(some(&round.to_string(), 3), &claim);
        claims.push(claim);
        drop_early(store.append(append).map(drop).boxed(), round).await;
    }
    // The same command again settles what became of the first.
    for (round, claim) in claims.iter().enumerate() {
        match store.append(answering(some(&round.to_string(), 3), claim)).await {
            Ok(appended) => assert_eq!(appended.count(), 3),
            Err(StoreError::AlreadyHandled(first)) => assert_eq!(first.appended.count(), 3),
            Err(other) => panic!("the append is there or not: {other:?}"),
        }
        let found = read(&*store, EventQuery::stream(stream(round.to_string())), 10).await.unwrap();
        assert_eq!(versions(&found), [1, 2, 3]);
    }
    assert_eq!(all(&*store).await.len(), 300);
}

pub(super) async fn a_dropped_read_harms_nobody(store: Opened<'_>) {
    must_append(&*store, some("a", 100)).await;
    let query = EventQuery::all();
    for round in 0..100 {
        let visit = Box::new(|_: &crate::event::StoredEvent<'_>| ControlFlow::Continue(()));
        drop_early(store.read(&query, 100, visit).map(drop).boxed(), round).await;
    }
    assert_eq!(all(&*store).await.len(), 100);
    must_append(&*store, some("a", 1)).await;
}
