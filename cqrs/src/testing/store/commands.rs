//! Commands are handled once.

use crate::{
    message::{CommandId, Version},
    store::{Expected, RecordedCommand, StoreError},
};

use super::{
    fixtures::{all, answering, append, claim, must_append, some, stream, write},
    opened::Opened,
};

pub(super) async fn a_command_is_found_again(store: Opened<'_>) {
    must_append(&*store, some("a", 2)).await;
    let claim = claim(CommandId::generate(), "{}");
    let appended = must_append(&*store, answering(some("a", 3), &claim)).await;
    must_append(&*store, some("a", 1)).await;
    let found = store.command(claim.id).await.unwrap().expect("the command should be known");
    assert_eq!(found, RecordedCommand::of(&claim, appended));
    assert_eq!(store.command(CommandId::generate()).await.unwrap(), None);
}

pub(super) async fn a_double_is_told_the_first_outcome(store: Opened<'_>) {
    let claim = claim(CommandId::generate(), "{}");
    let appended = must_append(&*store, answering(some("a", 2), &claim)).await;
    match store.append(answering(some("b", 1), &claim)).await {
        Err(StoreError::AlreadyHandled(first)) => {
            assert_eq!(*first, RecordedCommand::of(&claim, appended));
        }
        other => panic!("the command was handled before: {other:?}"),
    }
    assert_eq!(all(&*store).await.len(), 2);
}

/// Neither its events nor their versions: what comes next goes where it would have gone.
pub(super) async fn a_double_leaves_nothing_behind(store: Opened<'_>) {
    let claim = claim(CommandId::generate(), "{}");
    must_append(&*store, answering(some("a", 2), &claim)).await;
    for key in ["a", "b"] {
        let refused = store.append(answering(some(key, 1), &claim)).await;
        assert!(matches!(refused, Err(StoreError::AlreadyHandled(_))), "{refused:?}");
    }
    for (key, version) in [("a", 2), ("b", 0)] {
        assert_eq!(store.version(&stream(key)).await.unwrap(), Version::new(version), "of stream {key}");
        let next = append(vec![write(key, Expected::Exactly(Version::new(version)), 1)]);
        assert_eq!(must_append(&*store, next).await.streams[0].first_version, Version::new(version + 1));
    }
    assert_eq!(all(&*store).await.len(), 4);
}

pub(super) async fn a_double_does_not_look_like_a_conflict(store: Opened<'_>) {
    let claim = claim(CommandId::generate(), "{}");
    let same = answering(append(vec![write("a", Expected::NoStream, 1)]), &claim);
    must_append(&*store, same.clone()).await;
    let refused = store.append(same).await;
    assert!(matches!(refused, Err(StoreError::AlreadyHandled(_))), "{refused:?}");
}

/// Its first attempt meets a conflict that only the store knows of, and others append before its next.
pub(super) async fn a_command_is_found_behind_what_others_appended_meanwhile(store: Opened<'_>) {
    let other = store.open_another().await;
    must_append(&*store, some("a", 1)).await;
    must_append(&*other, some("a", 1)).await;
    let claim = claim(CommandId::generate(), "{}");
    let behind = append(vec![write("a", Expected::Exactly(Version::new(1)), 1)]);
    let refused = store.append(answering(behind, &claim)).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    must_append(&*other, some("a", 1)).await;
    let appended = must_append(&*store, answering(some("a", 1), &claim)).await;
    for asked in [&*store, &*other] {
        let found = asked.command(claim.id).await.unwrap();
        assert_eq!(found, Some(RecordedCommand::of(&claim, appended.clone())));
        let refused = asked.append(answering(some("a", 1), &claim)).await;
        assert!(matches!(refused, Err(StoreError::AlreadyHandled(_))), "{refused:?}");
    }
    assert_eq!(all(&*store).await.len(), 4);
}

pub(super) async fn an_id_with_another_fingerprint_is_refused(store: Opened<'_>) {
    let id = CommandId::generate();
    must_append(&*store, answering(some("a", 1), &claim(id, "one"))).await;
    match store.append(answering(some("a", 1), &claim(id, "two"))).await {
        Err(StoreError::CommandIdReused { id: named, name }) => {
            assert_eq!((named, name.as_str()), (id, "do-thing"));
        }
        other => panic!("the id was used for another command: {other:?}"),
    }
    assert_eq!(all(&*store).await.len(), 1);
}

pub(super) async fn a_refused_append_claims_no_command(store: Opened<'_>) {
    must_append(&*store, some("a", 1)).await;
    let claim = claim(CommandId::generate(), "{}");
    let refused = store.append(answering(append(vec![write("a", Expected::NoStream, 1)]), &claim)).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    assert_eq!(store.command(claim.id).await.unwrap(), None);
    must_append(&*store, answering(append(vec![write("a", Expected::Exists, 1)]), &claim)).await;
}
