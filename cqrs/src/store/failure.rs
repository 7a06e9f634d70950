//! Commands that failed, kept so that a piece of business can be followed to its end.

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::message::{CommandId, CorrelationId, Metadata, StreamId};

use super::StoreError;

/// A command that was refused or went wrong. Its content is not kept: a command may hold what nobody else should
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
    /// Who sent it, when, and in which connection.
    pub metadata: Metadata,
}

/// Keeps failed commands. They are a record for people: losing one to a crash loses no fact.
pub trait FailureStore: Send + Sync + 'static {
    /// Keeps a failure.
    fn record_failure(&self, failure: CommandFailure) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The failures of one piece of business, or the latest `limit` of all, in order of time.
    fn failures(
        &self,
        correlation_id: Option<CorrelationId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<CommandFailure>, StoreError>>;
}
