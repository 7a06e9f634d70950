//! What comes, and what the process made of it.

use std::{fmt, time::Duration};

use crate::{
    command::Command,
    event::RecordedEvent,
    handler::EventOf,
    message::StreamId,
    process::ProcessManager,
    store::{Refusal, RefusalReason},
};

use super::bench::{Bench, Came, told};

/// What a process made of what came last. Each check panics with what was there instead; what comes next may be said after them.
pub struct Processed<P> {
    pub(super) bench: Bench<P>,
    pub(super) came: Vec<Came>,
}

impl<P> From<Bench<P>> for Processed<P> {
    fn from(bench: Bench<P>) -> Self {
        Self { bench, came: Vec::new() }
    }
}

impl<P: ProcessManager> Processed<P> {
    /// Hands an event to the process that it is for.
    ///
    /// # Panics
    ///
    /// If the event cannot be written as JSON.
    #[track_caller]
    #[must_use = "an outcome nobody checks tests nothing"]
    #[expect(clippy::needless_pass_by_value, reason = "what happens reads as a value")]
    pub fn when<E: EventOf<P>>(mut self, event: E) -> Self {
        let event = self.bench.trigger(None, &event);
        self.handle(&event)
    }

    /// Hands an event of whatever stream to the process that it is for.
    ///
    /// # Panics
    ///
    /// If the event cannot be written as JSON.
    #[track_caller]
    #[must_use = "an outcome nobody checks tests nothing"]
    pub fn when_in<E: EventOf<P>>(mut self, stream: StreamId, event: &E) -> Self {
        let event = self.bench.trigger(Some(stream), event);
        self.handle(&event)
    }

    /// Refuses the command of this type that the process has sent last.
    ///
    /// # Panics
    ///
    /// If it has sent none.
    #[track_caller]
    #[must_use = "an outcome nobody checks tests nothing"]
    pub fn when_refused<C: Command>(mut self, reason: RefusalReason, text: &str) -> Self {
        let event = self.bench.refusal::<C>(Refusal::new(reason, text));
        self.handle(&event)
    }

    /// Lets time pass: the timers that fall due by then come, one after the other.
    #[must_use = "an outcome nobody checks tests nothing"]
    pub fn when_time_passes(mut self, time: Duration) -> Self {
        self.came = self.bench.pass(time);
        self
    }

    fn handle(mut self, event: &RecordedEvent) -> Self {
        self.came = vec![self.bench.handle(event)];
        self
    }

    /// What came of the last of it, in words.
    pub(super) fn told(&self) -> String {
        self.came.last().map_or_else(|| "nothing came".to_owned(), told)
    }
}

impl<P: ProcessManager> fmt::Debug for Processed<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Processed({}, {})", self.bench.process(), self.told())
    }
}
