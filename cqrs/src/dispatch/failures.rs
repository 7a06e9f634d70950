//! Keeping failed commands, so that a piece of business can be followed to its end.

use std::error::Error;

use metrics::counter;
use tracing::warn;

use crate::{
    error_chain::chain,
    store::{CommandFailure, Store},
};

use super::{DispatchError, prepared::Prepared, sent::Sender};

/// Whether an error is the end of a command, as far as is known here.
///
/// Invariant: what is kept as a failure of a command is an answer to it. Whoever tries again by himself has none yet while
/// it may pass; that the aggregate has left the version he expects does not pass. A command that was due is refused by whoever
/// dispatched it, who keeps the failure with the refusal.
pub(super) fn is_final<E>(error: &DispatchError<E>, sender: Sender, expects_version: bool) -> bool {
    let has_moved_on = expects_version && matches!(error, DispatchError::Conflict { .. });
    match sender {
        Sender::Caller => true,
        Sender::TriesAgain => has_moved_on || !(error.is_transient() || error.is_outage()),
        Sender::Schedule | Sender::Process => false,
    }
}

/// Counts a failure and, where there is a store to keep it in, keeps it. That this itself may fail does not hide the failure.
pub(super) async fn record<E: Error + 'static>(
    keep_in: Option<&dyn Store>,
    prepared: Prepared,
    error: &DispatchError<E>,
) {
    let name = prepared.claim.name.to_string();
    counter!("cqrs_commands_failed_total", "command" => name.clone(), "code" => error.code()).increment(1);
    let Some(store) = keep_in else { return };
    let failure = CommandFailure {
        command_id: prepared.claim.id,
        name,
        metadata: prepared.command_metadata(),
        stream: prepared.stream,
        code: error.code().to_owned(),
        error: chain(error),
    };
    if let Err(cause) = store.record_failure(failure).await {
        warn!(command = %prepared.claim.name, %error, %cause, "failure of a command was not kept");
    }
}
