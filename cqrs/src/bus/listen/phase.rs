//! A stop, as the task that takes messages and its workers see it.

/// How far a stop has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Messages are taken and handled.
    Running,
    /// No more are taken; those taken are handled.
    Draining,
    /// Handlers that still run are dropped.
    Abandoned,
}
