//! A command as it is sent.

use std::time::Duration;

use crate::{
    message::{CommandId, Metadata},
    store::Expected,
};

/// A command with everything its sender says about it.
#[derive(Debug)]
pub struct Request<T> {
    pub(super) command: T,
    pub(super) id: CommandId,
    /// Whether the caller gave the id; else there can be no earlier dispatch to look for.
    pub(super) given: bool,
    pub(super) metadata: Metadata,
    pub(super) expected: Option<Expected>,
    pub(super) time_limit: Option<Duration>,
    /// Whether the caller dispatches it again by himself should it fail in a way that may pass: that is no failure yet.
    pub(super) tried_again: bool,
}

impl<T> Request<T> {
    /// The same request for another form of its command.
    pub(super) fn with_command<U>(self, command: U) -> Request<U> {
        let Self { command: _, id, given, metadata, expected, time_limit, tried_again } = self;
        Request { command, id, given, metadata, expected, time_limit, tried_again }
    }
}
