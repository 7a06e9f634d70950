//! Commands that decided nothing.

use crate::{
    message::Version,
    store::{Appended, Expected, RecordedCommand},
};

use super::{
    claimed::{a_claim, assert_conflict, assert_repeated, exactly, must_be_recorded, nothing},
    fixtures::{all, answering, append, must_append, some, stream, versions, write},
    groups::together,
    opened::Opened,
};

pub(super) async fn a_command_that_decided_nothing_is_kept(store: Opened<'_>) {
    must_append(&*store, some("a", 2)).await;
    let claim = a_claim();
    let appended = must_append(&*store, nothing(&claim, &[])).await;
    assert_eq!(appended, Appended { streams: Vec::new() });
    must_be_recorded(&store, &claim).await;
    let recorded = RecordedCommand::of(&claim, appended);
    // Once for good, whatever it decides the next time.
    assert_repeated(store.append(nothing(&claim, &[])).await, &recorded);
    assert_eq!(all(&*store).await.len(), 2);
    must_append(&*store, some("a", 1)).await;
    assert_eq!(store.version(&stream("a")).await.unwrap(), Version::new(3));
    assert_eq!(all(&*store).await.len(), 3);
}

pub(super) async fn a_decision_for_nothing_stands_on_the_version_it_was_made_on(store: Opened<'_>) {
    must_append(&*store, some("a", 2)).await;
    let (early, late) = (a_claim(), a_claim());
    must_append(&*store, nothing(&early, &[("a", exactly(2))])).await;
    must_be_recorded(&store, &early).await;
    assert_eq!(store.version(&stream("a")).await.unwrap(), Version::new(2), "nothing was written");
    // Who writes conflicts with no guard, and nobody finds a gap in the stream.
    must_append(&*store, append(vec![write("a", exactly(2), 1)])).await;
    let found = all(&*store).await;
    assert_eq!(versions(&found), [1, 2, 3]);

    assert_conflict(store.append(nothing(&late, &[("a", exactly(2))])).await, "a", 3);
    assert_eq!(store.command(late.id).await.unwrap(), None, "what was refused claims nothing");
    // A command that comes again is no conflict, although its guard does not hold any more.
    let recorded = RecordedCommand::of(&early, Appended { streams: Vec::new() });
    assert_repeated(store.append(nothing(&early, &[("a", exactly(2))])).await, &recorded);
    must_append(&*store, nothing(&late, &[("a", exactly(3))])).await;
    must_be_recorded(&store, &late).await;
}

pub(super) async fn a_decision_for_nothing_may_stand_on_a_stream_that_is_not_there(store: Opened<'_>) {
    for (key, expected) in [("a", Expected::NoStream), ("b", exactly(0)), ("c", Expected::Any)] {
        let claim = a_claim();
        must_append(&*store, nothing(&claim, &[(key, expected)])).await;
        must_be_recorded(&store, &claim).await;
        must_append(&*store, append(vec![write(key, Expected::NoStream, 1)])).await;
    }
    assert_conflict(store.append(nothing(&a_claim(), &[("d", Expected::Exists)])).await, "d", 0);
    assert_eq!(all(&*store).await.len(), 3);
}

pub(super) async fn a_decision_for_nothing_may_stand_on_several_streams(store: Opened<'_>) {
    must_append(&*store, some("a", 1)).await;
    let claim = a_claim();
    let wrong = [("a", exactly(1)), ("b", Expected::Exists)];
    assert_conflict(store.append(nothing(&claim, &wrong)).await, "b", 0);
    assert_eq!(store.command(claim.id).await.unwrap(), None);
    must_append(&*store, nothing(&claim, &[("a", exactly(1)), ("b", Expected::NoStream)])).await;
    must_be_recorded(&store, &claim).await;
}

/// The first, the middle and the last of those that are written together, among others of every kind.
pub(super) async fn one_without_events_is_a_member_of_its_group_like_others(store: Opened<'_>) {
    must_append(&*store, some("guarded", 1)).await;
    let known = a_claim();
    must_append(&*store, nothing(&known, &[])).await;
    for round in 0..10 {
        for place in 0..3 {
            let (alone, guarding, refused, written) = (a_claim(), a_claim(), a_claim(), a_claim());
            let good = |index: usize| write(&format!("{round}-{place}-{index}"), Expected::NoStream, 2);
            let mut appends = vec![
                nothing(&alone, &[]),
                nothing(&guarding, &[("guarded", exactly(1))]),
                nothing(&refused, &[("guarded", exactly(7))]),
                nothing(&known, &[]),
                answering(append(vec![good(0)]), &written),
                append(vec![good(1)]),
            ];
            let (length, turned) = (appends.len(), place * appends.len() / 3);
            appends.rotate_right(turned);
            let mut outcomes = together(&store, appends).await;
            outcomes.rotate_left(turned);
            assert_eq!(outcomes.len(), length);
            let mut outcomes = outcomes.into_iter();
            let mut next = || outcomes.next().expect("each append should have an outcome");
            for _ in 0..2 {
                assert_eq!(next().expect("it should be kept").streams, []);
            }
            assert_conflict(next(), "guarded", 1);
            assert_repeated(next(), &RecordedCommand::of(&known, Appended { streams: Vec::new() }));
            let appended = next().expect("a neighbour should be stored");
            assert_eq!(appended.count(), 2);
            assert_eq!(next().expect("a neighbour should be stored").count(), 2);
            must_be_recorded(&store, &alone).await;
            must_be_recorded(&store, &guarding).await;
            assert_eq!(store.command(refused.id).await.unwrap(), None);
            let recorded = RecordedCommand::of(&written, appended);
            assert_eq!(store.command(written.id).await.unwrap(), Some(recorded));
        }
    }
    assert_eq!(all(&*store).await.len(), 1 + 10 * 3 * 4);
}

pub(super) async fn a_decision_for_nothing_outlives_closing(mut store: Opened<'_>) {
    must_append(&*store, some("a", 1)).await;
    let (alone, guarding) = (a_claim(), a_claim());
    must_append(&*store, nothing(&alone, &[])).await;
    must_append(&*store, nothing(&guarding, &[("a", exactly(1))])).await;
    store.reopen().await;
    for claim in [&alone, &guarding] {
        must_be_recorded(&store, claim).await;
        let recorded = RecordedCommand::of(claim, Appended { streams: Vec::new() });
        assert_repeated(store.append(answering(some("a", 1), claim)).await, &recorded);
    }
    assert_eq!(store.version(&stream("a")).await.unwrap(), Version::new(1));
    assert_eq!(all(&*store).await.len(), 1);
}
