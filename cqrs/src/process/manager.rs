//! What a process manager is.

use std::time::Duration;

use crate::{
    Location,
    aggregate::AggregateId,
    event::JsonCodec,
    handler::{Correlation, EventHandlerInfo, Fold, StartFrom},
    message::StreamId,
};

/// What a business does over time and over several aggregates: a state that is folded from triggers (events of the domain,
/// timers of its own, refusals of what it sent), and the commands it sends on the way.
///
/// Usually derived, beside an `#[event_handler]` block.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a process manager: write `#[derive(ProcessManager)]` and `#[process_manager(id = .., from = now)]` on it",
    label = "not a process manager"
)]
pub trait ProcessManager: Fold {
    /// The identity of one process.
    type Id: AggregateId;

    /// Its name, in kebab-case unless the source says otherwise. It is in the claims of its steps, for ever: who renames the
    /// type keeps the name.
    const NAME: &'static str;

    /// The category of the streams its steps are in: `process/` and the name. That is the library's own.
    const CATEGORY: &'static str;

    /// Where it starts when it first runs. From the start of the log it sends commands for all of history.
    const FROM: StartFrom;

    /// The version of its state. Raise it when what is stored can no longer be read by processes that run the code of before:
    /// they then leave it alone.
    const VERSION: u32;

    /// How the events of handlers that do not say it find their process.
    const CORRELATION: Option<Correlation>;

    /// What becomes of an event that finds no process.
    const UNMATCHED: Unmatched;

    /// How its steps keep the state.
    const CODEC: JsonCodec<Self>;

    /// Where it is declared.
    const LOCATION: Location;

    /// Zero, computed of what is asked of the type, by the derive.
    #[doc(hidden)]
    const CHECKED: usize = 0;

    /// Returns the name of the stream of one process.
    fn stream(id: &Self::Id) -> StreamId {
        StreamId::of(Self::CATEGORY, id)
    }
}

/// What becomes of an event that finds no process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unmatched {
    /// It is ignored, and counted. The default.
    #[default]
    Ignore,
    /// It waits in its process's stream, holds nothing, and is handled once its process has started.
    Park,
    /// It waits likewise, and if its process has not started within the time after it came, that is a dead letter: somebody hears
    /// of it. It holds nothing, and the event goes on waiting: if the process starts after all, it is handled then. The letter goes
    /// when it is handled again after that, or skipped.
    Retry(Duration),
}

/// The handler of `P` for events of this stored name.
pub(crate) fn handler_of<P: ProcessManager>(name: &str) -> Option<&'static EventHandlerInfo> {
    let takes = |handler: &&EventHandlerInfo| handler.events.is_some_and(|kinds| kinds.find(name).is_some());
    P::HANDLERS.iter().find(takes)
}
