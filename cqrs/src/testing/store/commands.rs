//! Commands are handled once.

use crate::{
    message::CommandId,
    store::{Expected, StoreError},
};

use super::{
    fixtures::{all, answering, append, claim, must_append, some, write},
    opened::Opened,
};

pub(super) async fn a_command_is_found_again(store: Opened<'_>) {
    must_append(&*store, some("a", 2)).await;
    let claim = claim(CommandId::generate(), "{}");
    let appended = must_append(&*store, answering(some("a", 3), &claim)).await;
    must_append(&*store, some("a", 1)).await;
    let found = store.command(claim.id).await.unwrap().expect("the command should be known");
    assert_eq!((found.claim, found.appended), (claim, appended));
    assert_eq!(store.command(CommandId::generate()).await.unwrap(), None);
}

pub(super) async fn a_double_is_told_the_first_outcome(store: Opened<'_>) {
    let claim = claim(CommandId::generate(), "{}");
    let appended = must_append(&*store, answering(some("a", 2), &claim)).await;
    match store.append(answering(some("b", 1), &claim)).await {
        Err(StoreError::AlreadyHandled(first)) => {
            assert_eq!((first.claim, first.appended), (claim, appended));
        }
        other => panic!("the command was handled before: {other:?}"),
    }
    assert_eq!(all(&*store).await.len(), 2);
}

pub(super) async fn a_double_does_not_look_like_a_conflict(store: Opened<'_>) {
    let claim = claim(CommandId::generate(), "{}");
    let same = answering(append(vec![write("a", Expected::NoStream, 1)]), &claim);
    must_append(&*store, same.clone()).await;
    let refused = store.append(same).await;
    assert!(matches!(refused, Err(StoreError::AlreadyHandled(_))), "{refused:?}");
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
