//! A command handler that took longer than it may.

use std::{fmt, time::Duration};

/// How a command handler went over its time limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overrun {
    /// The limit.
    pub limit: Duration,
    /// The command that waited the longest for the aggregate meanwhile. A handler that waits for it, in a task that it has
    /// spawned, waits for itself: such a task does not know that the handler holds the aggregate, and so does not get
    /// [`Reentrant`](super::DispatchError::Reentrant) at once.
    pub waiting: Option<&'static str>,
}

impl fmt::Display for Overrun {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.limit)?;
        let Some(command) = self.waiting else { return Ok(()) };
        write!(
            formatter,
            ", while `{command}` waited for the aggregate it holds: a handler that waits for such a command, in a task it \
             has spawned, waits for itself"
        )
    }
}
