//! How the checks went, and what some of them need.

use std::fmt;

use crate::store::{Capabilities, Idempotency};

/// What a check needs of a store beside the promises that all of them keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// Appends to several streams.
    SeveralStreams,
    /// That a command id is never accepted twice, whichever streams it is for.
    IdempotencyAcrossStreams,
    /// Appends of ten thousand events.
    LargeAppends,
    /// Appends of no more events than so many.
    BoundedAppends,
    /// That it keeps what waits for a time.
    Schedules,
    /// That its content outlives the process.
    Durability,
    /// That other processes may use it at the same time, which it says by its
    /// [poll interval](Capabilities::poll_interval).
    OtherProcesses,
}

impl Needs {
    /// Whether an engine has it.
    pub fn are_met_by(self, capabilities: &Capabilities) -> bool {
        match self {
            Self::Nothing => true,
            Self::SeveralStreams => capabilities.several_streams,
            Self::IdempotencyAcrossStreams => capabilities.idempotency == Idempotency::Store,
            Self::LargeAppends => capabilities.largest_append.is_none_or(|largest| largest >= 10_000),
            Self::BoundedAppends => capabilities.largest_append.is_some(),
            Self::Schedules => capabilities.schedules,
            Self::Durability => capabilities.durable,
            Self::OtherProcesses => capabilities.poll_interval.is_some(),
        }
    }
}

/// Why a check was skipped, as in "the store has no ..".
impl fmt::Display for Needs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Nothing => "nothing",
            Self::SeveralStreams => "appends to several streams",
            Self::IdempotencyAcrossStreams => "idempotency across streams",
            Self::LargeAppends => "appends of ten thousand events",
            Self::BoundedAppends => "limit to the events of an append",
            Self::Schedules => "due table",
            Self::Durability => "durability",
            Self::OtherProcesses => "other processes beside this one",
        })
    }
}

/// How a check went. One that fails panics instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The store keeps the promise.
    Passed,
    /// The store does not make it: it has not what the check needs.
    Skipped(Needs),
}

/// How all checks went, by name. Shown, it names each one that was skipped, and why: what was not put to the test is not
/// known to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    outcomes: Vec<(&'static str, Outcome)>,
}

impl Report {
    /// The checks in their order.
    pub fn outcomes(&self) -> &[(&'static str, Outcome)] {
        &self.outcomes
    }

    /// The checks that were skipped, and what each of them needs.
    pub fn skipped(&self) -> impl Iterator<Item = (&'static str, Needs)> {
        self.outcomes.iter().filter_map(|(name, outcome)| match outcome {
            Outcome::Passed => None,
            Outcome::Skipped(needs) => Some((*name, *needs)),
        })
    }
}

impl FromIterator<(&'static str, Outcome)> for Report {
    fn from_iter<I: IntoIterator<Item = (&'static str, Outcome)>>(outcomes: I) -> Self {
        Self { outcomes: outcomes.into_iter().collect() }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let skipped = self.skipped().count();
        write!(formatter, "{} checks passed, {skipped} were skipped", self.outcomes.len() - skipped)?;
        self.skipped().try_for_each(|(name, needs)| write!(formatter, "\n{name}: the store has no {needs}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_skipped_is_named_with_its_reason() {
        let outcomes = [("one", Outcome::Passed), ("two", Outcome::Skipped(Needs::SeveralStreams))];
        let report: Report = outcomes.into_iter().collect();
        assert_eq!(
            report.to_string(),
            "1 checks passed, 1 were skipped\ntwo: the store has no appends to several streams"
        );
    }
}
