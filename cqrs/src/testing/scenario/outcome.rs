//! The end: what the command came to, and the checks of it.

use std::{convert::Infallible, error::Error, fmt};

use crate::{
    aggregate::{Aggregate, IntoEvents},
    dispatch::DispatchError,
    message::StreamId,
    repository::Loaded,
    testing::{
        difference::{self, Fact},
        telling::{text_of, what_happened},
    },
};

/// What a command came to. Each check panics with what was there instead.
#[must_use = "an outcome nobody checks tests nothing"]
pub struct Outcome<A: Aggregate, E> {
    pub(super) stream: StreamId,
    pub(super) decided: Result<Vec<Fact>, DispatchError<E>>,
    pub(super) loaded: Loaded<A>,
}

/// Why a command was refused before or after its handler was asked, by the rules every aggregate lives by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// The handler has no receiver, and the aggregate exists.
    AlreadyExists,
    /// The handler takes `&self`, and the aggregate does not exist.
    NotFound,
    /// An event has ended the aggregate.
    Ended,
    /// The handler decided events that do not fit the state.
    InvalidDecision,
}

impl Rule {
    pub(in crate::testing) fn is<E>(self, error: &DispatchError<E>) -> bool {
        matches!(
            (self, error),
            (Self::AlreadyExists, DispatchError::AlreadyExists(_))
                | (Self::NotFound, DispatchError::NotFound(_))
                | (Self::Ended, DispatchError::Ended(_))
                | (Self::InvalidDecision, DispatchError::InvalidDecision(_))
        )
    }
}

impl<A: Aggregate, E: Error + Send + Sync + 'static> Outcome<A, E> {
    /// Checks that exactly these events were decided, in this order.
    ///
    /// # Panics
    ///
    /// With the difference, if they were not.
    #[track_caller]
    pub fn then(&self, expected: impl IntoEvents<A, Error = Infallible>) -> &Self {
        let mut events = Vec::new();
        let Ok(()) = expected.into_events(&mut events);
        let expected: Vec<Fact> = events.iter().map(|event| Fact::expected(&self.stream, event)).collect();
        match &self.decided {
            Ok(decided) => {
                if let Some(difference) = difference::between(&expected, decided) {
                    panic!("the decision is another one\n{difference}");
                }
            }
            Err(error) => panic!("expected\n{}but {}", difference::to_text(&expected), text_of(error)),
        }
        self
    }

    /// Checks that the command was accepted and nothing happened.
    ///
    /// # Panics
    ///
    /// If something happened, or the command was refused.
    #[track_caller]
    pub fn then_nothing(&self) -> &Self {
        match &self.decided {
            Ok(events) if events.is_empty() => self,
            other => panic!("expected that nothing happens, but {}", what_happened(other)),
        }
    }

    /// Checks that the domain refused the command with exactly this error.
    ///
    /// # Panics
    ///
    /// If it did not.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "an expectation reads as a value")]
    pub fn then_rejected(&self, expected: E) -> &Self
    where
        E: PartialEq,
    {
        let actual = self.rejection();
        assert!(*actual == expected, "rejected with another error\n- {expected:?}\n+ {actual:?}");
        self
    }

    /// Checks that the domain refused the command, and lets `check` look at the error.
    ///
    /// # Panics
    ///
    /// If it did not refuse, or if `check` panics.
    #[track_caller]
    pub fn then_rejected_with(&self, check: impl FnOnce(&E)) -> &Self {
        check(self.rejection());
        self
    }

    /// Checks that the command was refused by the rules every aggregate lives by.
    ///
    /// # Panics
    ///
    /// If it was not, or for another reason.
    #[track_caller]
    pub fn then_not_allowed(&self, refusal: Rule) -> &Self {
        match &self.decided {
            Err(error) if refusal.is(error) => self,
            other => panic!("expected the refusal {refusal:?}, but {}", what_happened(other)),
        }
    }

    /// Checks that the command failed in whatever way, and lets `check` look at the error: a missing service, a panic
    /// of the handler, an argument that could not be made.
    ///
    /// # Panics
    ///
    /// If it did not fail, or if `check` panics.
    #[track_caller]
    pub fn then_failed_with(&self, check: impl FnOnce(&DispatchError<E>)) -> &Self {
        match &self.decided {
            Err(error) => check(error),
            decided @ Ok(_) => panic!("expected the command to fail, but {}", what_happened(decided)),
        }
        self
    }

    /// Lets `check` look at the state as it is after the command.
    ///
    /// # Panics
    ///
    /// If the aggregate does not exist, or if `check` panics.
    #[track_caller]
    pub fn then_state(&self, check: impl FnOnce(&A)) -> &Self {
        match self.loaded.existing() {
            Some(state) => check(state),
            None if self.loaded.has_ended() => panic!("expected a state, but {} has ended", self.stream),
            None => panic!("expected a state, but {} does not exist", self.stream),
        }
        self
    }

    /// Checks that the aggregate has ended.
    ///
    /// # Panics
    ///
    /// If it has not.
    #[track_caller]
    pub fn then_has_ended(&self) -> &Self {
        assert!(self.loaded.has_ended(), "expected {} to have ended, but it has not", self.stream);
        self
    }

    #[track_caller]
    fn rejection(&self) -> &E {
        match &self.decided {
            Err(DispatchError::Rejected(error)) => error,
            other => panic!("expected the domain to reject the command, but {}", what_happened(other)),
        }
    }
}

impl<A: Aggregate, E> fmt::Debug for Outcome<A, E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = self.decided.as_ref().map_or_else(DispatchError::code, |_| "accepted");
        write!(formatter, "Outcome({}, {outcome})", self.stream)
    }
}
