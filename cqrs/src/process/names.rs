//! The stored names of what the library itself writes into the streams of processes. They contain `/`, and so are nobody
//! else's.

/// What the categories of processes begin with.
pub const CATEGORY_PREFIX: &str = "process/";

/// The stored name of a [`Step`](super::Step).
pub const STEP: &str = "process/step";

/// The stored name of a [`TimerDue`](super::TimerDue).
pub const TIMER: &str = "process/timer";

/// The stored name of a [`CommandRefused`](super::CommandRefused).
pub const REFUSED: &str = "process/refused";

/// The stored name of a [`ProcessEnded`](super::ProcessEnded).
pub const ENDED: &str = "process/ended";

/// The stored name of a [`TriggerWaits`](super::TriggerWaits).
pub const WAITS: &str = "process/waits";

/// The header that names the process whose command it was, by its stream: on commands, and on the events they cause.
pub const PROCESS_HEADER: &str = "cqrs-process";

/// The header that says how many steps of processes lie behind a message, without a pause between them.
pub const DEPTH_HEADER: &str = "cqrs-depth";
