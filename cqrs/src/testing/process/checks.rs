//! The end: the checks.

use jiff::Timestamp;

use crate::{
    event::{Event, Payload},
    process::{Outcome, ProcessManager, SetTimer, Skipped, Standing, Step, StepError, TimerOf},
    testing::difference::{self, Fact},
};

use super::{IntoCommands, Processed, bench::Came, commands};

#[expect(clippy::return_self_not_must_use, reason = "after the last check nothing need come")]
impl<P: ProcessManager> Processed<P> {
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
}

fn timer_fact(name: &str, payload: &Payload, due: Timestamp) -> Fact {
    Fact::told(format!("{name} at {due}"), payload)
}

fn name_of<T: Event>() -> &'static str {
    T::KINDS.to_vec().first().map_or("", |kind| kind.name)
}
