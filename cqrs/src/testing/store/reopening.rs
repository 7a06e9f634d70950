//! What is there after closing and opening again.

use std::time::Duration;

use uuid::Uuid;

use crate::{
    message::{CommandId, Metadata, Position, Version},
    store::DeadLetterState,
};

use super::{
    dead_letters::letter,
    failures::failure,
    fixtures::{all, answering, claim, must_append, some, stream},
    opened::Opened,
    same::assert_same,
    snapshots::snapshot,
    subscriptions::from_start,
};

pub(super) async fn everything_outlives_closing(mut store: Opened<'_>) {
    let claim = claim(CommandId::generate(), "{}");
    let appended = must_append(&*store, answering(some("a", 3), &claim)).await;
    store.save_snapshot(snapshot(3, 1)).await.unwrap();
    let events = all(&*store).await;

    store.reopen().await;
    assert_same(&all(&*store).await, &events, "the log is another after closing");
    assert_eq!(store.command(claim.id).await.unwrap().map(|found| found.appended), Some(appended));
    assert_eq!(store.version(&stream("a")).await.unwrap(), Version::new(3));
    assert_eq!(store.load_snapshot(&stream("a")).await.unwrap(), Some(snapshot(3, 1)));
}

pub(super) async fn subscriptions_outlive_closing(mut store: Opened<'_>) {
    const LONG: Duration = Duration::from_mins(1);
    let last = must_append(&*store, some("a", 3)).await.last_position();
    store.subscribe(from_start("reader")).await.unwrap();
    let lease = store.acquire_lease("reader", Uuid::now_v7(), LONG).await.unwrap();
    let lease = lease.expect("nobody has the lease");
    assert!(store.advance("reader", 1, Position::START, last).await.unwrap());
    let letters = [letter("a", 3, DeadLetterState::Failed), letter("a", 4, DeadLetterState::Queued)];
    for letter in &letters {
        store.park(letter.clone()).await.unwrap();
    }
    let subscriptions = store.subscriptions().await.unwrap();

    store.reopen().await;
    assert_eq!(store.subscriptions().await.unwrap(), subscriptions);
    let reader = store.subscription("reader").await.unwrap().expect("the subscription should be known");
    assert_eq!((reader.position, reader.epoch), (last, 1));
    assert_eq!(store.acquire_lease("reader", Uuid::now_v7(), LONG).await.unwrap(), None);
    assert!(store.renew_lease(&lease, LONG).await.unwrap());
    assert_same(&store.dead_letters("mailer").await.unwrap(), &letters, "dead letters after closing");
}

pub(super) async fn failures_and_inbox_outlive_closing(mut store: Opened<'_>) {
    let failures = [failure(1, Metadata::new()), failure(2, Metadata::new())];
    for failure in &failures {
        store.record_failure(failure.clone()).await.unwrap();
    }
    let (a, seven) = (stream("a"), Version::new(7));
    assert!(store.record_handled("mailer", &a, Version::NONE, seven).await.unwrap());

    store.reopen().await;
    assert_same(&store.failures(None, 10).await.unwrap(), &failures, "failures after closing");
    assert_eq!(store.last_handled("mailer", &a).await.unwrap(), seven);
    assert!(!store.record_handled("mailer", &a, Version::NONE, Version::new(8)).await.unwrap());
}

pub(super) async fn positions_go_on_after_reopening(mut store: Opened<'_>) {
    let mut last = Position::START;
    for _ in 0..3 {
        let appended = must_append(&*store, some("a", 2)).await;
        assert!(appended.streams[0].first_position > last, "a position was used twice");
        last = appended.last_position();
        store.reopen().await;
        assert_eq!(store.head().await.unwrap(), last);
    }
}
