//! Guards: streams that are only checked.

use crate::{
    message::Version,
    store::{Expected, RecordedCommand, StoreError},
};

use super::{
    claimed::{a_claim, assert_conflict, assert_repeated, exactly},
    fixtures::{answering, append, must_append, some, stream, write},
    groups::together,
    opened::Opened,
};

pub(super) async fn a_guard_beside_a_write_is_checked_and_not_written(store: Opened<'_>) {
    must_append(&*store, some("guarded", 2)).await;
    let guarded = |expected| vec![write("guarded", expected, 0), write("written", Expected::Any, 1)];
    let claim = a_claim();
    assert_conflict(store.append(answering(append(guarded(exactly(1))), &claim)).await, "guarded", 2);
    assert_eq!(store.command(claim.id).await.unwrap(), None);
    assert_eq!(store.version(&stream("written")).await.unwrap(), Version::NONE);
    let appended = must_append(&*store, answering(append(guarded(exactly(2))), &claim)).await;
    assert_eq!(appended.streams.len(), 1, "only streams that got events are named");
    assert_eq!(appended.streams[0].stream, stream("written"));
    let recorded = RecordedCommand::of(&claim, appended);
    assert_eq!(store.command(claim.id).await.unwrap().as_ref(), Some(&recorded));
    assert_repeated(store.append(answering(append(guarded(exactly(1))), &claim)).await, &recorded);
    assert_eq!(store.version(&stream("guarded")).await.unwrap(), Version::new(2));
}

pub(super) async fn many_guard_one_stream_at_the_same_time(store: Opened<'_>) {
    must_append(&*store, some("guarded", 1)).await;
    let guarding = |key: &str| append(vec![write("guarded", exactly(1), 0), write(key, Expected::Any, 1)]);
    let appends = (0..32).map(|index| guarding(&format!("own-{index}"))).collect();
    for outcome in together(&store, appends).await {
        outcome.expect("nobody wrote to the guarded stream");
    }
}

/// Of two decisions each of which guards what the other writes, one sees what the other did.
pub(super) async fn a_guard_excludes_who_writes(store: Opened<'_>) {
    for round in 0..20 {
        let (a, b) = (format!("a-{round}"), format!("b-{round}"));
        let decision = |guarded: &str, written: &str| {
            append(vec![write(guarded, Expected::NoStream, 0), write(written, Expected::NoStream, 1)])
        };
        let outcomes = together(&store, vec![decision(&a, &b), decision(&b, &a)]).await;
        let stored = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(stored, 1, "one of two that exclude each other is stored: {outcomes:?}");
        let refused = outcomes.into_iter().find_map(Result::err);
        assert!(matches!(refused, Some(StoreError::Conflict { .. })), "{refused:?}");
    }
}
