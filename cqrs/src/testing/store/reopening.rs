//! What is there after closing and opening again.

use std::time::Duration;

use uuid::Uuid;

use crate::{
    event::Payload,
    message::{CommandId, Metadata, Position, Version},
    store::{CommandFailure, DeadLetter, DeadLetterKey, DeadLetterState, Snapshot},
};

use super::{
    fixtures::{all, answering, claim, must_append, some, stream},
    opened::Opened,
    subscriptions::from_start,
};

pub(super) async fn everything_outlives_closing(mut store: Opened<'_>) {
    let claim = claim(CommandId::generate(), "{}");
    let appended = must_append(&*store, answering(some("a", 3), &claim)).await;
    let snapshot = Snapshot {
        stream: stream("a"),
        version: Version::new(3),
        fingerprint: 1,
        state: Payload::from_json("{}"),
    };
    store.save_snapshot(snapshot.clone()).await.unwrap();
    store.subscribe(from_start("reader")).await.unwrap();
    let lease = store.acquire_lease("reader", Uuid::now_v7(), Duration::from_mins(1)).await.unwrap();
    let lease = lease.expect("nobody has the lease");
    assert!(store.advance("reader", 1, Position::START, Position::new(2)).await.unwrap());
    store.park(letter()).await.unwrap();
    store.record_failure(failure()).await.unwrap();
    let events = all(&*store).await;

    store.reopen().await;
    assert_eq!(all(&*store).await, events);
    assert_eq!(store.command(claim.id).await.unwrap().map(|found| found.appended), Some(appended));
    assert_eq!(store.load_snapshot(&stream("a")).await.unwrap(), Some(snapshot));
    let reader = store.subscription("reader").await.unwrap().expect("the subscription should be known");
    assert_eq!((reader.position, reader.epoch), (Position::new(2), 1));
    assert_eq!(store.acquire_lease("reader", Uuid::now_v7(), Duration::from_mins(1)).await.unwrap(), None);
    assert!(store.renew_lease(&lease, Duration::from_mins(1)).await.unwrap());
    assert_eq!(store.dead_letters("reader").await.unwrap().len(), 1);
    assert_eq!(store.failures(None, 10).await.unwrap().len(), 1);
}

fn letter() -> DeadLetter {
    let key = DeadLetterKey { handler: "reader".into(), stream: stream("a"), position: Position::new(3) };
    let (version, state) = (Version::new(3), DeadLetterState::Failed);
    DeadLetter { key, version, state, attempts: 1, error: "none".into(), time: crate::Timestamp::now() }
}

fn failure() -> CommandFailure {
    CommandFailure {
        command_id: CommandId::generate(),
        name: "do-thing".into(),
        stream: None,
        code: "rejected".into(),
        error: "no".into(),
        metadata: Metadata::new(),
    }
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
