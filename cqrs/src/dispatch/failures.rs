//! Keeping failed commands, so that a piece of business can be followed to its end.

use std::error::Error;

use metrics::counter;
use tracing::warn;

use crate::{error_chain::chain, store::CommandFailure};

use super::{DispatchError, dispatcher::Core, prepared::Prepared};

/// Counts a failure and, if asked to, keeps it. That this itself may fail does not hide the failure.
pub(super) async fn record<E: Error + 'static>(core: &Core, prepared: Prepared, error: &DispatchError<E>) {
    let name = prepared.claim.name.to_string();
    counter!("cqrs_commands_failed_total", "command" => name.clone(), "code" => error.code()).increment(1);
    if !core.settings.record_failures {
        return;
    }
    let failure = CommandFailure {
        command_id: prepared.claim.id,
        name,
        metadata: prepared.command_metadata(),
        stream: prepared.stream,
        code: error.code().to_owned(),
        error: chain(error),
    };
    if let Err(cause) = core.store.record_failure(failure).await {
        warn!(command = %prepared.claim.name, %error, %cause, "failure of a command was not kept");
    }
}
