//! The dispatcher as the handler of what comes over a command bus.

use crate::{
    dispatch::{AnyRejection, DispatchError, Dispatcher},
    error_chain,
};

use super::{BusError, CommandMessage, HandlingError, Listen, Listening, listen::Arrived};

impl Listen<CommandMessage> {
    /// Begins to dispatch the commands by their stored names.
    ///
    /// A command that is refused (by the domain, because its aggregate exists, does not or has ended, or because it is
    /// not at the version the sender expects) has had its answer: it is acknowledged, and kept among the failures of its
    /// correlation id. One that is to wait until it is due is put into the store, and acknowledged.
    ///
    /// What may succeed later is tried again, which is logged and counted (`cqrs_bus_retries_total`), and is a failure only
    /// after the last attempt. While the store is away commands wait for it, however long
    /// that takes. A command nobody handles, or that fails in a way no retry
    /// will mend, becomes a dead letter.
    ///
    /// The command's id goes with it, so a command that comes twice is handled once.
    ///
    /// It waits while the broker is away, and ends with [`BusError::Closed`] when the application shuts down meanwhile.
    pub async fn dispatch_to(self, dispatcher: Dispatcher) -> Result<Listening, BusError> {
        let application = dispatcher.clone();
        let starting = self.start_attempts(move |arrived| {
            let dispatcher = dispatcher.clone();
            async move { dispatch(&dispatcher, arrived).await }
        });
        tokio::select! {
            biased;
            () = application.closed() => Err(BusError::Closed),
            listening = starting => listening,
        }
    }
}

async fn dispatch(dispatcher: &Dispatcher, arrived: Arrived<CommandMessage>) -> Result<(), HandlingError> {
    let Arrived { message, retried: _, again } = arrived;
    let expires = message.expires();
    let CommandMessage { id, name, expected_version, due, payload, metadata, .. } = message;
    let mut dispatch = dispatcher
        .dispatch_json(name.as_str(), payload.as_json())
        .command_id(id)
        .metadata(metadata)
        .tried_again(again);
    if let Some(version) = expected_version {
        dispatch = dispatch.expected_version(version);
    }
    if let Some(time) = expires {
        dispatch = dispatch.expires_at(time);
    }
    let outcome = match due {
        Some(time) => dispatch.at(time).await.map(drop),
        None => dispatch.await.map(drop),
    };
    match outcome {
        Ok(()) => Ok(()),
        Err(error) => judge(error, name.as_str(), expected_version.is_some()),
    }
}

/// Whether a failed dispatch is an answer, worth a retry, or for people to look at.
fn judge(
    error: DispatchError<AnyRejection>,
    name: &str,
    version_expected: bool,
) -> Result<(), HandlingError> {
    match error {
        DispatchError::Rejected(_)
        | DispatchError::AlreadyExists(_)
        | DispatchError::NotFound(_)
        | DispatchError::Ended(_)
        | DispatchError::Refused(_)
        | DispatchError::Expired(_) => refused(&error, name),
        // The aggregate has moved on from the version the sender saw, and never comes back to it.
        DispatchError::Conflict { .. } if version_expected => refused(&error, name),
        DispatchError::UnknownCommand(name) => Err(HandlingError::UnknownType { name }),
        error @ DispatchError::Malformed { .. } => Err(HandlingError::Undecodable(error.into())),
        error if error.is_outage() => Err(HandlingError::unavailable(error)),
        error if error.is_transient() => Err(HandlingError::transient(error)),
        error => Err(HandlingError::permanent(error)),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a refusal is a message handled")]
fn refused(error: &DispatchError<AnyRejection>, name: &str) -> Result<(), HandlingError> {
    tracing::info!(
        name,
        code = error.code(),
        error = error_chain::chain(error),
        "a command from the bus was refused"
    );
    Ok(())
}
