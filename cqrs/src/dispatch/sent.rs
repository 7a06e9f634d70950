//! A command as it is sent.

use std::time::Duration;

use crate::{
    message::{CommandId, Metadata},
    store::Expected,
};

use super::DispatchError;

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
}

/// A request whose command waits for its handler to take it. It is lent, and not handed on by value: each future that takes a
/// request so has a place for it of its own, and all of them together are copied when a command is dispatched.
pub(super) type Pending<T> = Request<Option<T>>;

impl<T> Pending<T> {
    /// The command, as long as nobody has taken it.
    pub(super) fn command<E>(&self) -> Result<&T, DispatchError<E>> {
        let taken = || DispatchError::Panicked("the command was taken before it was handled".to_owned());
        self.command.as_ref().ok_or_else(taken)
    }

    /// The same request for another form of its command.
    pub(super) fn with_command<U>(self, command: U) -> Pending<U> {
        let Self { command: _, id, given, metadata, expected, time_limit } = self;
        Request { command: Some(command), id, given, metadata, expected, time_limit }
    }
}
