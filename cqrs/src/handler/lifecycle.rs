//! The state of something that is built, changed, moved on and ended by events.

use crate::error_chain::because;

use super::{ArgumentError, BoxError, Change, End};

/// Where the state of a fold stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lifecycle<T> {
    /// No event has built it yet.
    Absent,
    /// It exists.
    Live(T),
    /// An event has ended it, for good.
    Ended,
}

/// Why an event does not fit the state it meets.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FoldError {
    /// A building event meets a state that exists already.
    #[error("the event builds the state, which exists already")]
    AlreadyBuilt,
    /// Another event comes before the one that builds the state.
    #[error("the event changes the state, which no event has built yet")]
    NotBuilt,
    /// An event comes after the one that ended the state.
    #[error("the event comes after the one that ended the state")]
    Ended,
    /// An argument of the handler could not be made.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// The handler failed.
    #[error("the event handler failed{}", because(&**.0))]
    Handler(#[source] BoxError),
}

impl<T> Lifecycle<T> {
    /// Returns the state, if it exists.
    #[inline]
    pub fn live(&self) -> Option<&T> {
        match self {
            Self::Live(state) => Some(state),
            Self::Absent | Self::Ended => None,
        }
    }

    /// Returns the state for changing, if it exists.
    #[inline]
    pub fn live_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Live(state) => Some(state),
            Self::Absent | Self::Ended => None,
        }
    }

    /// Applies an event that builds the state.
    #[inline]
    pub fn build(&mut self, handler: impl FnOnce() -> T) -> Result<(), FoldError> {
        match self {
            Self::Absent => {
                *self = Self::Live(handler());
                Ok(())
            }
            Self::Live(_) => Err(FoldError::AlreadyBuilt),
            Self::Ended => Err(FoldError::Ended),
        }
    }

    /// Applies an event that changes the state, or ends it.
    #[inline]
    pub fn change<R: Change>(&mut self, handler: impl FnOnce(&mut T) -> R) -> Result<(), FoldError> {
        match self {
            Self::Live(state) => {
                if handler(state).settle().map_err(FoldError::Handler)? {
                    *self = Self::Ended;
                }
                Ok(())
            }
            Self::Absent => Err(FoldError::NotBuilt),
            Self::Ended => Err(FoldError::Ended),
        }
    }

    /// Applies an event that moves the state on by value.
    #[inline]
    pub fn advance(&mut self, handler: impl FnOnce(T) -> T) -> Result<(), FoldError> {
        let state = self.take()?;
        *self = Self::Live(handler(state));
        Ok(())
    }

    /// Applies an event that takes the state by value, and moves it on, or with `None` ends it.
    #[inline]
    pub fn proceed(&mut self, handler: impl FnOnce(T) -> Option<T>) -> Result<(), FoldError> {
        let state = self.take()?;
        *self = handler(state).map_or(Self::Ended, Self::Live);
        Ok(())
    }

    /// Applies an event that takes the state by value, and ends it.
    #[inline]
    pub fn finish<R: End>(&mut self, handler: impl FnOnce(T) -> R) -> Result<(), FoldError> {
        let state = self.take()?;
        handler(state);
        *self = Self::Ended;
        Ok(())
    }

    /// The state by value; in its place there is none.
    fn take(&mut self) -> Result<T, FoldError> {
        match std::mem::replace(self, Self::Absent) {
            Self::Live(state) => Ok(state),
            Self::Absent => Err(FoldError::NotBuilt),
            Self::Ended => {
                *self = Self::Ended;
                Err(FoldError::Ended)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::Ended;

    #[test]
    fn a_state_is_built_changed_moved_on_and_ended() {
        let mut state = Lifecycle::Absent;
        state.build(|| 1).unwrap();
        state.change(|number| *number += 1).unwrap();
        state.advance(|number| number * 10).unwrap();
        assert_eq!(state, Lifecycle::Live(20));
        state.change(|_| Ended).unwrap();
        assert_eq!(state, Lifecycle::Ended);
    }

    #[test]
    fn a_state_that_is_taken_by_value_may_end_too() {
        let mut state = Lifecycle::Live(vec![1]);
        state
            .finish(|numbers| {
                drop(numbers);
                Ended
            })
            .unwrap();
        assert_eq!(state, Lifecycle::Ended);
        assert!(matches!(state.finish(|_| Ended), Err(FoldError::Ended)));
    }

    #[test]
    fn a_state_may_end_or_go_on() {
        let mut state = Lifecycle::Live(2);
        for expected in [Lifecycle::Live(1), Lifecycle::Ended] {
            state.proceed(|number| (number > 1).then_some(number - 1)).unwrap();
            assert_eq!(state, expected);
        }
        assert!(matches!(state.proceed(Some), Err(FoldError::Ended)));
        let mut state = Lifecycle::Live(2);
        for expected in [Lifecycle::Live(1), Lifecycle::Ended] {
            state
                .change(|number| {
                    *number -= 1;
                    (*number == 0).then_some(Ended)
                })
                .unwrap();
            assert_eq!(state, expected);
        }
    }

    #[test]
    fn an_event_out_of_order_is_refused_and_changes_nothing() {
        let mut state = Lifecycle::<u8>::Absent;
        assert!(matches!(state.change(|_| ()), Err(FoldError::NotBuilt)));
        assert!(matches!(state.advance(|number| number), Err(FoldError::NotBuilt)));
        assert!(matches!(state.finish(|_| Ended), Err(FoldError::NotBuilt)));
        state.build(|| 1).unwrap();
        assert!(matches!(state.build(|| 2), Err(FoldError::AlreadyBuilt)));
        assert_eq!(state, Lifecycle::Live(1));
        state.change(|_| Ended).unwrap();
        assert!(matches!(state.build(|| 2), Err(FoldError::Ended)));
        assert!(matches!(state.advance(|number| number), Err(FoldError::Ended)));
        assert_eq!(state, Lifecycle::Ended);
    }
}
