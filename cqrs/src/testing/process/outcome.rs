//! The end: what the process made of what came, and the checks of it.

use std::{fmt, time::Duration};

use jiff::Timestamp;

use crate::{
    command::Command,
    event::{Event, RecordedEvent},
    handler::EventOf,
    message::StreamId,
    process::{Outcome, ProcessManager, SetTimer, Skipped, Standing, Step, StepError, TimerOf},
    store::{Refusal, RefusalReason},
    testing::difference::{self, Fact},
};

use super::{
    IntoCommands,
    bench::{Bench, Came, told},
    commands,
};

/// What a process made of what came last. Each check panics with what was there instead; what comes next may be said after them.
#[must_use = "an outcome nobody checks tests nothing"]
pub struct Processed<P> {
    bench: Bench<P>,
    came: Vec<Came>,
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
    pub fn when_refused<C: Command>(mut self, reason: RefusalReason, text: &str) -> Self {
        let event = self.bench.refusal::<C>(Refusal::new(reason, text));
        self.handle(&event)
    }

    /// Lets time pass: the timers that fall due by then come, one after the other.
    pub fn when_time_passes(mut self, time: Duration) -> Self {
        self.came = self.bench.pass(time);
        self
    }

    fn handle(mut self, event: &RecordedEvent) -> Self {
        self.came = vec![self.bench.handle(event)];
        self
    }

    /// Checks that exactly these commands are sent, in this order.
    ///
    /// # Panics
    ///
    /// With the difference, if they are not.
    #[track_caller]
    pub fn then_sends(self, expected: impl IntoCommands) -> Self {
        let mut commands = Vec::new();
        expected.into_commands(&mut commands);
        let expected: Vec<Fact> = commands.iter().map(commands::ExpectedCommand::fact).collect();
        let sent: Vec<Fact> = self.steps().flat_map(|step| &step.commands).map(commands::sent).collect();
        self.compare("the commands are others", &expected, &sent);
        self
    }

    /// Checks that no command is sent.
    ///
    /// # Panics
    ///
    /// If one is, or if the process cannot go on.
    #[track_caller]
    pub fn then_sends_nothing(self) -> Self {
        self.then_sends(Vec::<commands::ExpectedCommand>::new())
    }

    /// Checks that this timer is set, to this time.
    ///
    /// # Panics
    ///
    /// With those that are, if it is not.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "an expectation reads as a value")]
    pub fn then_schedules<T: TimerOf<P>>(self, timer: T, at: Timestamp) -> Self {
        let expected = match timer.encode() {
            Ok(payload) => vec![timer_fact(timer.kind().name, &payload, at)],
            Err(error) => {
                panic!("the expected timer `{}` cannot be written as JSON: {error}", timer.kind().name)
            }
        };
        let of_type = |set: &&SetTimer| T::KINDS.find(&set.name).is_some();
        let set = self.steps().flat_map(|step| &step.timers).filter(of_type);
        let set: Vec<Fact> = set.map(|set| timer_fact(&set.name, &set.payload, set.due)).collect();
        self.compare("the timers are others", &expected, &set);
        self
    }

    /// Checks that no timer is set.
    ///
    /// # Panics
    ///
    /// If one is, or if the process cannot go on.
    #[track_caller]
    pub fn then_schedules_nothing(self) -> Self {
        let set = self.steps().flat_map(|step| &step.timers);
        let set: Vec<Fact> = set.map(|set| timer_fact(&set.name, &set.payload, set.due)).collect();
        self.compare("a timer is set", &[], &set);
        self
    }

    /// Checks that the timer of this type is cancelled, or replaced.
    ///
    /// # Panics
    ///
    /// If it is not.
    #[track_caller]
    pub fn then_cancels<T: TimerOf<P>>(self) -> Self {
        let cancelled = self.steps().flat_map(|step| &step.cancelled);
        let names = cancelled.filter_map(|id| self.bench.timer(*id)).map(|row| &row.timer.name);
        let found = names.into_iter().any(|name| T::KINDS.find(name).is_some());
        assert!(found, "expected the timer `{}` to be cancelled, but {}", name_of::<T>(), self.told());
        self
    }

    /// Lets `check` look at the state as it is now.
    ///
    /// # Panics
    ///
    /// If the process does not run, or if `check` panics.
    #[track_caller]
    pub fn then_state(self, check: impl FnOnce(&P)) -> Self {
        match self.bench.standing() {
            Standing::Live { state, .. } => check(state),
            Standing::Ended => panic!("expected a state, but {} has ended", self.bench.process()),
            Standing::Absent => {
                panic!("expected a state, but {} runs: {}", self.bench.process(), self.told())
            }
        }
        self
    }

    /// Checks that the process has ended.
    ///
    /// # Panics
    ///
    /// If it has not.
    #[track_caller]
    pub fn then_ends(self) -> Self {
        let ended = matches!(self.bench.standing(), Standing::Ended);
        assert!(ended, "expected {} to have ended, but {}", self.bench.process(), self.told());
        self
    }

    /// Checks that what came was skipped, for this reason.
    ///
    /// # Panics
    ///
    /// If it was not.
    #[track_caller]
    pub fn then_skipped(self, reason: Skipped) -> Self {
        let skipped = matches!(self.came.last(), Some(Came::To(Outcome::Skipped(found))) if *found == reason);
        assert!(skipped, "expected it to be skipped: {}, but {}", reason.as_str(), self.told());
        self
    }

    /// Checks that what came found no process.
    ///
    /// # Panics
    ///
    /// If it did.
    #[track_caller]
    pub fn then_unmatched(self) -> Self {
        let unmatched = matches!(self.came.last(), Some(Came::To(Outcome::Unmatched)));
        assert!(unmatched, "expected it to find no process, but {}", self.told());
        self
    }

    /// Checks that the process could not go on, and lets `check` look at the error.
    ///
    /// # Panics
    ///
    /// If it could, or if `check` panics.
    #[track_caller]
    pub fn then_failed_with(self, check: impl FnOnce(&StepError)) -> Self {
        match self.came.last() {
            Some(Came::Failed(error)) => check(error),
            _ => panic!("expected it to fail, but {}", self.told()),
        }
        self
    }

    fn steps(&self) -> impl Iterator<Item = &Step> {
        self.came.iter().filter_map(|came| match came {
            Came::To(outcome) => outcome.step(),
            Came::NotHandled | Came::Failed(_) => None,
        })
    }

    #[track_caller]
    fn compare(&self, what: &str, expected: &[Fact], found: &[Fact]) {
        if let Some(Came::Failed(_)) = self.came.last() {
            panic!("{what}: {}", self.told());
        }
        if let Some(difference) = difference::between(expected, found) {
            panic!("{what}; {}\n{difference}", self.told());
        }
    }

    fn told(&self) -> String {
        self.came.last().map_or_else(|| "nothing came".to_owned(), told)
    }
}

fn timer_fact(name: &str, payload: &crate::event::Payload, due: Timestamp) -> Fact {
    Fact::told(format!("{name} at {due}"), payload)
}

fn name_of<T: Event>() -> &'static str {
    T::KINDS.to_vec().first().map_or("", |kind| kind.name)
}

impl<P: ProcessManager> fmt::Debug for Processed<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Processed({}, {})", self.bench.process(), self.told())
    }
}
