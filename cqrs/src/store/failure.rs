//! Commands that failed, kept so that a piece of business can be followed to its end.

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::message::{CommandId, CorrelationId, Metadata, StreamId};

use super::StoreError;

/// A command that was refused or went wrong. Its content is not kept: a command may hold what others should not
/// read, such as a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandFailure {
    /// The identity of the command.
    pub command_id: CommandId,
    /// Its name.
    pub name: String,
    /// The stream it was for.
    pub stream: Option<StreamId>,
    /// What kind of failure it was: `rejected`, `conflict`, and so on.
    pub code: String,
    /// The error and its causes, as text.
    pub error: String,
    /// Who sent it, when, and in what context.
    pub metadata: Metadata,
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl CommandFailure {
    /// Stands for a failure that is kept and cannot be read, so that the others can: its code is `unreadable`, and its error
    /// says which row it is and what is wrong. What of it can be read is as it was.
    pub(crate) fn unreadable(row: &str, what: &str, found: FoundOfFailure) -> Self {
        let id = |id: Option<uuid::Uuid>| id.unwrap_or_default();
        let metadata = Metadata {
            time: found.time.unwrap_or_default(),
            ..Metadata::correlated(id(found.correlation_id).into())
        };
        Self {
            command_id: id(found.command_id).into(),
            name: found.name.unwrap_or_default(),
            stream: None,
            code: "unreadable".into(),
            error: format!("failure {row} cannot be read: {what}"),
            metadata,
        }
    }
}

/// What can be read of a failure that as a whole cannot.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
#[derive(Debug, Default)]
pub(crate) struct FoundOfFailure {
    pub(crate) command_id: Option<uuid::Uuid>,
    pub(crate) name: Option<String>,
    pub(crate) correlation_id: Option<uuid::Uuid>,
    pub(crate) time: Option<jiff::Timestamp>,
}

/// Keeps failed commands. They are a record for people: losing one to a crash loses no fact.
pub trait FailureStore: Send + Sync + 'static {
    /// Keeps a failure. The same command may fail, and be recorded, more than once.
    fn record_failure(&self, failure: CommandFailure) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Returns the latest `limit` failures, of one piece of business or of all, the earliest first. The time is that of the failure's
    /// metadata, not of its recording; of several at one time those recorded last are the latest. One that is kept and
    /// cannot be read is among them under the code `unreadable`, with an error that says which it is.
    fn failures(
        &self,
        correlation_id: Option<CorrelationId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<CommandFailure>, StoreError>>;
}
