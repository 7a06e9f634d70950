//! Waiting for a subscription, never in vain without saying so.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

use crate::{
    message::Position,
    store::{Blocker, Store, StoreError, listed},
};

use super::{State, Status};

/// Without a limit of its own, a wait ends when the projection has not moved for so long.
const STANDSTILL: Duration = Duration::from_secs(30);

/// Without a limit of its own, a wait ends when the store has failed the projection for so long.
const STALLED: Duration = Duration::from_secs(5);

/// Why the end of a wait for a projection did not come.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// The projection has stopped before it got there, or a newer version has taken over from it.
    #[error("projection `{name}` has stopped: {error}")]
    Stopped {
        /// The projection.
        name: &'static str,
        /// The event it stopped at, and why.
        error: Arc<str>,
    },
    /// The store fails the projection, again and again.
    #[error("projection `{name}` is stalled: {error}")]
    Stalled {
        /// The projection.
        name: &'static str,
        /// How the store fails.
        error: Arc<str>,
    },
    /// The projection did not get there in time, and nothing is known to be wrong with it.
    #[error(
        "projection `{name}` did not come to position {wanted} within {waited:?}: it is at {reached}; {state}"
    )]
    NotReached {
        /// The projection, or the partition of it.
        name: &'static str,
        /// The position waited for.
        wanted: Position,
        /// How far it has come.
        reached: Position,
        /// What it is doing.
        state: State,
        /// How long one has waited for it.
        waited: Duration,
    },
    /// The projection did not get there in time, since what it is to apply cannot be read yet: a transaction has added events and
    /// does not end.
    #[error(
        "projection `{name}` did not come to position {wanted} within {waited:?}: it is at {reached}, and readers are held up by {}",
        listed(blockers)
    )]
    HeldUp {
        /// The projection, or the partition of it.
        name: &'static str,
        /// The position waited for.
        wanted: Position,
        /// How far it has come.
        reached: Position,
        /// How long the wait was.
        waited: Duration,
        /// The transactions that hold readers up, the oldest first.
        blockers: Vec<Blocker>,
    },
    /// The application is shutting down.
    #[error("the application is shutting down")]
    ShuttingDown,
    /// The application does not run this projection: it is not registered, or it is for another store.
    #[error("projection `{0}` is not running")]
    NotRunning(&'static str),
}

/// Waits until a subscription has done everything up to `position`, or cannot go on at present, or is built beside what is
/// read: that may take hours, and whoever reads has the version before.
pub(crate) async fn reach_if_possible(mut status: watch::Receiver<Status>, position: Position) {
    let settled = |status: &Status| status.position >= position || status.state != State::Running;
    // A sender that is gone has ended, too.
    let _ = status.wait_for(settled).await;
}

/// Waits until a subscription has done everything up to `wanted`: for `limit`, or, without one, for as long as it moves.
pub(crate) async fn reach(
    mut status: watch::Receiver<Status>,
    wanted: Position,
    limit: Option<Duration>,
) -> Result<(), WaitError> {
    let mut wait = Wait::new(limit);
    loop {
        let seen = status.borrow_and_update().clone();
        match &seen.state {
            _ if seen.position >= wanted => return Ok(()),
            State::Stopped(error) | State::Superseded(error) => {
                return Err(WaitError::Stopped { name: seen.name, error: Arc::clone(error) });
            }
            State::Ended => return Err(WaitError::ShuttingDown),
            _ => {}
        }
        match timeout_at(wait.until(&seen), status.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(WaitError::ShuttingDown),
            Err(_) => return Err(wait.in_vain(seen, wanted)),
        }
    }
}

impl WaitError {
    /// The same, or that the store holds readers up before the position, if that is why it was not reached.
    pub(crate) async fn explained(self, store: &dyn Store) -> Self {
        let Self::NotReached { name, wanted, reached, waited, .. } = self else { return self };
        match store.wait_for_head(Duration::ZERO).await {
            Err(StoreError::HeldUp { head, blockers, .. }) if head < wanted => {
                Self::HeldUp { name, wanted, reached, waited, blockers }
            }
            _ => self,
        }
    }
}

/// How long somebody has waited, and for how long nothing has happened.
struct Wait {
    began: Instant,
    limit: Option<Duration>,
    /// How far the subscription was when it last moved, and when that was seen.
    moved: (Position, Instant),
    /// Since when it was seen to be stalled.
    stalled: Option<Instant>,
}

impl Wait {
    fn new(limit: Option<Duration>) -> Self {
        let began = Instant::now();
        Self { began, limit, moved: (Position::START, began), stalled: None }
    }

    /// When to give up, if nothing changes from what was seen.
    fn until(&mut self, seen: &Status) -> Instant {
        let now = Instant::now();
        let position = if let State::Building(position) = seen.state { position } else { seen.position };
        // Backwards, too: who waits for what is built anew waits for the building.
        if position != self.moved.0 {
            self.moved = (position, now);
        }
        self.stalled = matches!(seen.state, State::Stalled(_)).then(|| self.stalled.unwrap_or(now));
        match (self.limit, self.stalled) {
            // A time beyond all clocks is no limit.
            (Some(limit), _) => self.began.checked_add(limit).unwrap_or(now + Duration::from_hours(24 * 365)),
            (None, Some(stalled)) => stalled + STALLED,
            (None, None) => self.moved.1 + STANDSTILL,
        }
    }

    fn in_vain(&self, seen: Status, wanted: Position) -> WaitError {
        let Status { name, position: reached, state, .. } = seen;
        match state {
            State::Stalled(error) => WaitError::Stalled { name, error },
            state => WaitError::NotReached { name, wanted, reached, state, waited: self.began.elapsed() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::StatusSender, *};

    const WANTED: Position = Position::new(9);

    #[tokio::test(start_paused = true)]
    async fn who_waits_without_a_limit_waits_for_as_long_as_it_moves() {
        let (sender, status) = StatusSender::new("a");
        let moving = async {
            for position in 1..=9 {
                tokio::time::sleep(STANDSTILL.mul_f64(0.9)).await;
                sender.reached(Position::new(position));
            }
        };
        assert_eq!(tokio::join!(reach(status, WANTED, None), moving).0, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_stands_still_is_waited_for_in_vain() {
        let (sender, status) = StatusSender::new("a");
        sender.reached(Position::new(4));
        let error = reach(status.clone(), WANTED, None).await.unwrap_err();
        assert!(
            error.to_string().starts_with("projection `a` did not come to position 9 within 30"),
            "{error}"
        );
        let limit = Duration::from_secs(1);
        let error = reach(status, WANTED, Some(limit)).await.unwrap_err();
        let WaitError::NotReached { reached, waited, .. } = error else { panic!("{error}") };
        assert_eq!((reached, waited), (Position::new(4), limit));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_stalled_is_given_some_time_and_then_its_cause_is_told() {
        let (sender, status) = StatusSender::new("a");
        sender.stalled(&std::io::Error::other("no table"));
        let began = Instant::now();
        let error = reach(status.clone(), WANTED, None).await.unwrap_err();
        assert_eq!(error, WaitError::Stalled { name: "a", error: "no table".into() });
        assert_eq!(began.elapsed(), STALLED);
        let mended = async {
            tokio::time::sleep(STALLED * 3).await;
            sender.is(State::Running);
            sender.reached(WANTED);
        };
        let waited = reach(status, WANTED, Some(STALLED * 4));
        assert_eq!(tokio::join!(waited, mended).0, Ok(()));
    }
}
