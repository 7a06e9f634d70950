//! The end: what a command came to in the streams of several aggregates, and the checks of it.

use std::{cell::RefCell, convert::Infallible, error::Error, fmt};

use crate::{
    aggregate::{Aggregate, IntoEvents},
    dispatch::{Dispatch, DispatchError, HandledCommand},
    error_chain,
    event::RecordedEvent,
    handler::{EventContext, Lifecycle},
    message::{CommandId, StreamId},
    store::Store,
    testing::{
        Rule,
        difference::{self, Fact},
        log::all_events,
        telling::{text_of, what_happened},
    },
};

/// What a command came to. Each check panics with what was there instead.
#[must_use = "an outcome nobody checks tests nothing"]
pub struct Happened<E> {
    /// The events of the command, or why there are none.
    decided: Result<Vec<RecordedEvent>, DispatchError<E>>,
    /// Every event of the store.
    history: Vec<RecordedEvent>,
    /// The streams that a check has looked at.
    checked: RefCell<Vec<StreamId>>,
}

impl<E: Error + Send + Sync + 'static> Happened<E> {
    /// Dispatches the command, and reads back what came of it.
    pub(in crate::testing) async fn of<C>(store: &dyn Store, dispatch: Dispatch<C, E>) -> Self
    where
        C: HandledCommand<Error = E>,
    {
        let outcome = dispatch.await;
        let history = all_events(store).await;
        let of = |id: CommandId| {
            let its = |event: &&RecordedEvent| event.envelope.metadata.causation_id == Some(id.into());
            history.iter().filter(its).cloned().collect()
        };
        let decided = outcome.map(|receipt| of(receipt.command_id));
        Self { decided, history, checked: RefCell::default() }
    }

    /// Checks that exactly these events were decided for the aggregate, in this order: one event, a tuple or a `Vec` of
    /// them.
    ///
    /// # Panics
    ///
    /// With the difference, if they were not.
    #[track_caller]
    pub fn then<A: Aggregate>(&self, id: &A::Id, expected: impl IntoEvents<A, Error = Infallible>) -> &Self {
        let (stream, mut events) = (A::stream(id), Vec::new());
        let Ok(()) = expected.into_events(&mut events);
        let expected: Vec<Fact> = events.iter().map(|event| Fact::expected(&stream, event)).collect();
        match &self.decided {
            Ok(decided) => {
                let decided = decided.iter().filter(|event| event.envelope.stream == stream);
                let decided: Vec<_> = decided.map(Fact::stored).collect();
                if let Some(difference) = difference::between(&expected, &decided) {
                    panic!("the decision for {stream} is another one\n{difference}");
                }
            }
            Err(error) => panic!("expected\n{}but {}", difference::to_text(&expected), text_of(error)),
        }
        self.checked.borrow_mut().push(stream);
        self
    }

    /// Checks that the command was accepted, and nothing happened but what [`then`](Self::then) has checked.
    ///
    /// # Panics
    ///
    /// If something else happened, or the command was refused.
    #[track_caller]
    pub fn then_nothing_else(&self) -> &Self {
        let checked = self.checked.borrow();
        match &self.decided {
            Ok(decided) => {
                let other = decided.iter().find(|event| !checked.contains(&event.envelope.stream));
                if let Some(other) = other {
                    let others =
                        decided.iter().filter(|event| event.envelope.stream == other.envelope.stream);
                    let others: Vec<_> = others.map(Fact::stored).collect();
                    let stream = &other.envelope.stream;
                    panic!("expected nothing else, but {stream} has\n{}", difference::to_text(&others));
                }
            }
            Err(error) => panic!("expected the command to be accepted, but {}", text_of(error)),
        }
        drop(checked);
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
            _ => panic!("expected that nothing happens, but {}", self.told()),
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
            _ => panic!("expected the refusal {refusal:?}, but {}", self.told()),
        }
    }

    /// Checks that the command failed in whatever way, and lets `check` look at the error: a missing service, a panic
    /// of the handler, an aggregate that is not there.
    ///
    /// # Panics
    ///
    /// If it did not fail, or if `check` panics.
    #[track_caller]
    pub fn then_failed_with(&self, check: impl FnOnce(&DispatchError<E>)) -> &Self {
        match &self.decided {
            Err(error) => check(error),
            Ok(_) => panic!("expected the command to fail, but {}", self.told()),
        }
        self
    }

    /// Lets `check` look at the state of an aggregate as it is after the command.
    ///
    /// # Panics
    ///
    /// If the aggregate does not exist, or if `check` panics.
    #[track_caller]
    pub fn then_state<A: Aggregate>(&self, id: &A::Id, check: impl FnOnce(&A)) -> &Self {
        let stream = A::stream(id);
        match self.folded::<A>(&stream) {
            // A state that starts from its default is there before it exists.
            Lifecycle::Live(state) if self.history.iter().any(|event| event.envelope.stream == stream) => {
                check(&state);
            }
            Lifecycle::Ended => panic!("expected a state, but {stream} has ended"),
            Lifecycle::Live(_) | Lifecycle::Absent => panic!("expected a state, but {stream} does not exist"),
        }
        self
    }

    #[track_caller]
    fn folded<A: Aggregate>(&self, stream: &StreamId) -> Lifecycle<A> {
        let mut state = A::initial();
        for event in self.history.iter().filter(|event| event.envelope.stream == *stream) {
            let decoded = event.decode::<A::Event>().unwrap_or_else(|error| give_up(event, &error));
            A::fold(&mut state, &decoded, &EventContext::recorded(event))
                .unwrap_or_else(|error| give_up(event, &error));
        }
        state
    }

    #[track_caller]
    fn rejection(&self) -> &E {
        match &self.decided {
            Err(DispatchError::Rejected(error)) => error,
            _ => panic!("expected the domain to reject the command, but {}", self.told()),
        }
    }

    fn told(&self) -> String {
        match &self.decided {
            Ok(events) => what_happened::<E>(&Ok(events.iter().map(Fact::stored).collect())),
            Err(error) => text_of(error),
        }
    }
}

/// The aggregate cannot be folded from what is in its stream.
#[track_caller]
fn give_up<T>(event: &RecordedEvent, error: &(dyn Error + 'static)) -> T {
    let (name, stream) = (&event.envelope.name, &event.envelope.stream);
    panic!("event `{name}` of {stream} does not fold: {}", error_chain::chain(error))
}

impl<E> fmt::Debug for Happened<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.decided {
            Ok(events) => write!(formatter, "Happened({} events)", events.len()),
            Err(error) => write!(formatter, "Happened({})", error.code()),
        }
    }
}
