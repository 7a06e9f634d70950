//! What the checks of commands claim, and what must have come of it.

use crate::{
    message::{CommandId, Version},
    store::{Append, Appended, CommandClaim, Expected, RecordedCommand, StoreError},
};

use super::{
    fixtures::{answering, append, claim, stream, write},
    opened::Opened,
};

pub(super) fn a_claim() -> CommandClaim {
    claim(CommandId::generate(), "{}")
}

/// What answers a command by events in no stream, if these streams are where they are believed to be.
pub(super) fn nothing(claim: &CommandClaim, guards: &[(&str, Expected)]) -> Append {
    let guards = guards.iter().map(|(key, expected)| write(key, *expected, 0));
    answering(append(guards.collect()), claim)
}

pub(super) fn exactly(version: u64) -> Expected {
    Expected::Exactly(Version::new(version))
}

/// The command is known, and that it decided nothing.
pub(super) async fn must_be_recorded(store: &Opened<'_>, claim: &CommandClaim) {
    let found = store.command(claim.id).await.expect("the command should be looked up");
    assert_eq!(found, Some(RecordedCommand::of(claim, Appended { streams: Vec::new() })));
}

pub(super) fn assert_repeated(outcome: Result<Appended, StoreError>, recorded: &RecordedCommand) {
    match outcome {
        Err(StoreError::AlreadyHandled(first)) => assert_eq!(*first, *recorded),
        other => panic!("the command was handled before: {other:?}"),
    }
}

pub(super) fn assert_conflict(outcome: Result<Appended, StoreError>, key: &str, actual: u64) {
    match outcome {
        Err(StoreError::Conflict { stream: named, actual: found, .. }) => {
            assert_eq!((named, found), (stream(key), Version::new(actual)));
        }
        other => panic!("stream {key} is at version {actual}: {other:?}"),
    }
}
