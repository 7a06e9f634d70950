//! What can go wrong in a store.

use std::{error::Error, sync::Arc, time::Duration};

use crate::{
    error_chain::{because, because_unless_said},
    event::DecodeError,
    message::{CommandId, Position, StreamId, Version},
};

use super::{Blocker, Expected, RecordedCommand, SharedError, listed};

/// Why a store did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The stream is not where the writer believed it to be. Nothing was stored.
    #[error("conflict on stream {stream}: expected {expected}, but it is at version {actual}")]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// What the writer believed.
        expected: Expected,
        /// The version of the stream's last event.
        actual: Version,
    },
    /// The same command was handled before. Nothing was stored; the first outcome is in the error.
    #[error("command {} was handled before", .0.id)]
    AlreadyHandled(Box<RecordedCommand>),
    /// Another command was handled under the same id. Nothing was stored.
    #[error(
        "command id {id} was used before, for another command: `{name}`; if it is the same one, give its former name as `alias`, or raise its `version` where the form of a type inside it has changed"
    )]
    CommandIdReused {
        /// The id.
        id: CommandId,
        /// The name of the command that had it first.
        name: String,
    },
    /// The write was sent, and its fate is not known: it is there as a whole or not at all. Look the command
    /// id up before trying again.
    #[error("the outcome of the write is unknown{}", because(&**.0))]
    OutcomeUnknown(#[source] SharedError),
    /// The write is larger than the store takes. Nothing was stored.
    #[error("the write is too large: {what} is {actual}, and the store takes {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large it is.
        actual: usize,
        /// How large it may be.
        limit: usize,
    },
    /// The write has no events, and answers no command.
    #[error("the write has neither events nor a command")]
    EmptyAppend,
    /// The write names a stream twice.
    #[error("the write names stream {0} twice")]
    StreamTwice(StreamId),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// Another process kept the store locked for too long. Nothing was stored.
    #[error(
        "the store was locked by another process: this one waited for {waited:.1?}, and waits for {limit:.1?} at most"
    )]
    Busy {
        /// How long this process waited.
        waited: Duration,
        /// How long it waits at most, as the store's options say.
        limit: Duration,
    },
    /// There is no room left. Nothing was stored.
    #[error("the store is full{}", because(&**.0))]
    Full(#[source] SharedError),
    /// The store was written by a newer version of this library.
    #[error("{store} has schema version {found}, and this version of the library knows {known}")]
    NewerSchema {
        /// Which store: a file, or a schema of a database.
        store: String,
        /// The schema version of the store.
        found: i64,
        /// The newest schema version this library knows.
        known: i64,
    },
    /// A projection was built by a newer version of the program.
    #[error("projection `{name}` was built as version {found}, and this program knows version {known}")]
    NewerProjection {
        /// The projection.
        name: &'static str,
        /// The version in the store.
        found: u32,
        /// The version this program builds.
        known: u32,
    },
    /// The number of a projection's partitions is fixed when it is built, and the program has another.
    #[error(
        "projection `{name}` was built in {found} partitions, and this program has {wanted}: \
         raise the projection's version, so that it is built anew"
    )]
    OtherPartitions {
        /// The projection.
        name: &'static str,
        /// The number in the store; 0 for one that is not divided.
        found: usize,
        /// The number in the program; 0 for one that is not divided.
        wanted: usize,
    },
    /// The SQL that a projection is made or emptied by does not run.
    #[error("the `{key}` of projection `{name}` does not run: {source}")]
    ProjectionSql {
        /// The projection.
        name: &'static str,
        /// The key of `#[projection(..)]` that holds the SQL.
        key: &'static str,
        /// What the engine says.
        #[source]
        source: SharedError,
    },
    /// A checkpoint is where the log has never been: a reader that went on from there would skip what is yet to come.
    #[error(
        "the checkpoint of `{name}` is at position {position}, but the log has come to {head} only: \
         it was changed by hand, or the log is another"
    )]
    CheckpointBeyondHead {
        /// The subscription.
        name: String,
        /// Where its checkpoint is.
        position: Position,
        /// The last position that was given out.
        head: Position,
    },
    /// Readers do not see yet what is stored: a transaction has added events and does not end.
    #[error(
        "readers are held up at position {head}, and the log has come to {last}; after {waited:?} they still wait for {}",
        listed(blockers)
    )]
    HeldUp {
        /// The last event that readers see.
        head: Position,
        /// The last event that is stored.
        last: Position,
        /// How long one has waited.
        waited: Duration,
        /// The transactions that hold readers up, the oldest first.
        blockers: Vec<Blocker>,
    },
    /// The store is damaged, or is not a store at all.
    #[error("the store is damaged: {what}{}", because_unless_said(.what, .source.as_ref()))]
    Damaged {
        /// What is wrong.
        what: String,
        /// What the engine says.
        #[source]
        source: Option<SharedError>,
    },
    /// A stored event cannot be read.
    #[error(transparent)]
    Decode(Arc<DecodeError>),
    /// The engine cannot do this; its capabilities say so.
    #[error("the store cannot do this: {0}")]
    Unsupported(&'static str),
    /// The engine cannot be reached, or has no time for anybody. Nothing was stored.
    #[error("the store was not there to {operation}{}", because(&**.source))]
    Unavailable {
        /// What it was to do.
        operation: &'static str,
        /// What it says.
        #[source]
        source: SharedError,
    },
    /// The engine failed.
    #[error("the store failed to {operation}{}", because(&**.source))]
    Engine {
        /// What it was doing.
        operation: &'static str,
        /// What it says.
        #[source]
        source: SharedError,
    },
}

impl StoreError {
    /// Creates the error of an engine that was away when it was to do `operation`.
    pub fn unavailable(operation: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable { operation, source: SharedError::new(source) }
    }

    /// Creates the error of an engine that failed while it was to do `operation`.
    pub fn engine(operation: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Engine { operation, source: SharedError::new(source) }
    }

    /// Returns whether trying again later may succeed without anybody mending anything. That an engine fails is mostly because it
    /// cannot be reached for a while.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. }
                | Self::Conflict { .. }
                | Self::OutcomeUnknown(_)
                | Self::HeldUp { .. }
                | Self::Unavailable { .. }
                | Self::Engine { .. }
        )
    }

    /// Returns whether the fault is with the store and not with what it was asked: it is away, locked by another process, full or
    /// closed. Wait for it, if you can; each engine has one table of the answers that mean that. [`OutcomeUnknown`](Self::OutcomeUnknown) is none of these: the write itself may have brought
    /// the store down.
    pub fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. } | Self::HeldUp { .. } | Self::Full(_) | Self::Unavailable { .. } | Self::Closed
        )
    }
}

impl From<DecodeError> for StoreError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(Arc::new(error))
    }
}
