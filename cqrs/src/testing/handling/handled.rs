//! The end: what an event handler made of an event, and the checks of it.

use std::{any::type_name, convert::Infallible, error::Error, fmt};

use crate::{
    aggregate::{Aggregate, IntoEvents},
    error_chain,
    event::{Envelope, RecordedEvent},
    handler::BoxError,
    testing::difference::{self, Fact},
};

/// What an event handler made of an event. Each check panics with what was there instead.
#[must_use = "an outcome nobody checks tests nothing"]
pub struct Handled {
    handler: &'static str,
    event: Envelope,
    /// `None` if the event is none of its.
    outcome: Option<Result<(), BoxError>>,
    /// What was stored meanwhile.
    came: Vec<RecordedEvent>,
}

impl Handled {
    pub(super) fn new(
        handler: &'static str,
        event: Envelope,
        outcome: Option<Result<(), BoxError>>,
        came: Vec<RecordedEvent>,
    ) -> Self {
        Self { handler, event, outcome, came }
    }

    /// Checks that exactly these events of the aggregate came of what the handler dispatched, in this order: one event, a tuple
    /// or a `Vec` of them. It says nothing of whether the handler failed.
    ///
    /// # Panics
    ///
    /// With the difference, if they did not.
    #[track_caller]
    pub fn then<A: Aggregate>(&self, id: &A::Id, expected: impl IntoEvents<A, Error = Infallible>) -> &Self {
        let (stream, mut events) = (A::stream(id), Vec::new());
        let Ok(()) = expected.into_events(&mut events);
        let expected: Vec<_> = events.iter().map(|event| Fact::expected(&stream, event)).collect();
        let came = self.came.iter().filter(|event| event.envelope.stream == stream);
        let came: Vec<_> = came.map(Fact::stored).collect();
        if let Some(difference) = difference::between(&expected, &came) {
            panic!("{}, and what came of it for {stream} is something else\n{difference}", self.told());
        }
        self
    }

    /// Checks that nothing came of it: the handler dispatched no command, or none that anything came of.
    ///
    /// # Panics
    ///
    /// If something did.
    #[track_caller]
    pub fn then_nothing_came_of_it(&self) {
        if let Some(event) = self.came.first() {
            let Envelope { name, stream, .. } = &event.envelope;
            panic!("{}, and event `{name}` of {stream} came of it", self.told());
        }
    }

    /// Checks that the event was handled.
    ///
    /// # Panics
    ///
    /// With the error, if it was not.
    #[track_caller]
    pub fn then_handled(&self) {
        assert!(matches!(self.outcome, Some(Ok(()))), "expected it to be handled, but {}", self.told());
    }

    /// Checks that the handler failed with exactly this error.
    ///
    /// # Panics
    ///
    /// If it did not.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "an expectation reads as a value")]
    pub fn then_failed<E: Error + PartialEq + 'static>(&self, expected: E) {
        self.then_failed_with(|actual: &E| {
            assert!(*actual == expected, "failed with another error\n- {expected:?}\n+ {actual:?}");
        });
    }

    /// Checks that the handler failed with an `E`, and lets `check` look at it.
    ///
    /// # Panics
    ///
    /// If it did not fail, or with another error, or if `check` panics.
    #[track_caller]
    pub fn then_failed_with<E: Error + 'static>(&self, check: impl FnOnce(&E)) {
        let failure = self.outcome.as_ref().and_then(|outcome| outcome.as_ref().err());
        match failure.and_then(|error| error.downcast_ref::<E>()) {
            Some(error) => check(error),
            None => panic!("expected a `{}`, but {}", type_name::<E>(), self.told()),
        }
    }

    /// Checks that the event passed the handler by: it takes no such event, or none of this aggregate.
    ///
    /// # Panics
    ///
    /// If the handler was called.
    #[track_caller]
    pub fn then_not_called(&self) {
        assert!(self.outcome.is_none(), "expected the event to pass it by, but {}", self.told());
    }

    fn told(&self) -> String {
        let Envelope { name, stream, version, .. } = &self.event;
        let event = format!("event `{name}`, version {version} of {stream}");
        match &self.outcome {
            None => format!("`{}` is not for {event}, and was not called", self.handler),
            Some(Ok(())) => format!("`{}` has handled {event}", self.handler),
            Some(Err(error)) => {
                format!("`{}` failed on {event}: {}", self.handler, error_chain::chain(&**error))
            }
        }
    }
}

impl fmt::Debug for Handled {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Handled({})", self.told())
    }
}
