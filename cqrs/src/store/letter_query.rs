//! Which dead letters are wanted.

use crate::message::{Position, StreamId};

use super::{DeadLetter, DeadLetterState};

/// Which dead letters of a subscription are wanted, by stream and position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterQuery {
    /// The subscription.
    pub handler: String,
    /// In this state; `None` means in any.
    pub state: Option<DeadLetterState>,
    /// After this stream and position: where the page before ended.
    pub after: Option<(StreamId, Position)>,
}

impl DeadLetterQuery {
    /// Returns the query for all dead letters of a subscription.
    pub fn of(handler: impl Into<String>) -> Self {
        Self { handler: handler.into(), state: None, after: None }
    }

    /// Restricts the query to a state.
    #[must_use]
    pub fn state(self, state: DeadLetterState) -> Self {
        Self { state: Some(state), ..self }
    }

    /// Restricts the query to what comes after the last letter of a page.
    #[must_use]
    pub fn after(self, last: &DeadLetter) -> Self {
        Self { after: Some((last.key.stream.clone(), last.key.position)), ..self }
    }

    /// Returns whether a letter is wanted, whosever it is.
    pub fn matches(&self, letter: &DeadLetter) -> bool {
        let place = (&letter.key.stream, letter.key.position);
        self.state.is_none_or(|state| state == letter.state)
            && self.after.as_ref().is_none_or(|(stream, position)| place > (stream, *position))
    }
}
