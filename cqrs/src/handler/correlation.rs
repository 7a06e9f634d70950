//! How an event finds the process it is for.

/// How an event finds the process it is for: it is said, and never guessed.
///
/// Said for one event handler by `#[correlate(..)]`, or for all that say nothing by a key of `#[process_manager(..)]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correlation {
    /// By a value that the event has: `#[correlate(event.order)]`.
    Value,
    /// By the key of the stream it is in: `#[correlate(stream)]`.
    Stream,
    /// By what caused it: the process that sent the command, `#[correlate(cause)]`.
    Cause,
    /// It is a timer, which is for the process that set it: `#[timer]`.
    Timer,
}
