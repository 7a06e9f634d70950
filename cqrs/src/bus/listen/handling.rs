//! What became of one attempt to handle a message.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use crate::{bus::DeadLetterReason, error_chain::because, handler::BoxError, panics};

/// Why a message was not handled, and whether trying again may help.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandlingError {
    /// No handler knows messages of this name. The message becomes a dead letter at once.
    #[error("nobody handles `{name}`")]
    UnknownType {
        /// The name.
        name: String,
    },
    /// What it carries cannot be decoded. The message becomes a dead letter at once.
    #[error("the content of the message cannot be decoded{}", because(&**.0))]
    Undecodable(#[source] BoxError),
    /// It will never succeed. The message becomes a dead letter at once.
    #[error("the message was refused for good{}", because(&**.0))]
    Permanent(#[source] BoxError),
    /// It may succeed later. The message is tried again.
    #[error("handling the message failed{}", because(&**.0))]
    Transient(#[source] BoxError),
    /// Something that the handler needs, whatever the message, is away. The message waits for it, ever longer between two
    /// attempts, and its key with it: none of these attempts counts.
    #[error("what handles the message is not available{}", because(&**.0))]
    Unavailable(#[source] BoxError),
    /// The handler panicked. The message is tried again.
    #[error("the handler panicked: {0}")]
    Panicked(String),
}

impl HandlingError {
    /// Creates an error that no retry will mend.
    pub fn permanent(cause: impl Into<BoxError>) -> Self {
        Self::Permanent(cause.into())
    }

    /// Creates an error that a retry may mend.
    pub fn transient(cause: impl Into<BoxError>) -> Self {
        Self::Transient(cause.into())
    }

    /// Creates the error of something that is away, whatever the message.
    pub fn unavailable(cause: impl Into<BoxError>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// Why the message is dead at once; `None` if it may be tried again.
    pub(super) fn verdict(&self) -> Option<DeadLetterReason> {
        match self {
            Self::UnknownType { .. } => Some(DeadLetterReason::UnknownType),
            Self::Undecodable(_) => Some(DeadLetterReason::Undecodable),
            Self::Permanent(_) => Some(DeadLetterReason::Refused),
            Self::Transient(_) | Self::Unavailable(_) | Self::Panicked(_) => None,
        }
    }
}

/// Calls the handler; a panic, in the call or in its future, is an error like others.
pub(super) async fn attempt<M, R>(handler: &impl Fn(M) -> R, message: M) -> Result<(), HandlingError>
where
    R: Future<Output = Result<(), HandlingError>>,
{
    // The handler's state is its own affair: whatever it shares behind locks is poisoned by the panic.
    let outcome = AssertUnwindSafe(async { handler(message).await }).catch_unwind().await;
    outcome.unwrap_or_else(|panic| Err(HandlingError::Panicked(panics::message(&*panic))))
}
