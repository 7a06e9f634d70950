//! How far a subscription has come, as others see it.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use tokio::sync::watch;

use crate::message::Position;

/// How far a subscription has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its name.
    pub name: &'static str,
    /// Everything up to here is done.
    pub position: Position,
    /// What it is doing.
    pub state: State,
}

/// What a subscription is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It handles events as they come.
    Running,
    /// It builds its rows beside those that are read, up to here so far, and takes their place once it has caught up.
    Building(Position),
    /// Another process has its lease.
    StandingBy,
    /// The store fails it, and it tries again, ever more slowly. The text says how the store fails.
    Stalled(#[serde(serialize_with = "text")] Arc<str>),
    /// An event failed for good, and it has stopped before that event. The text names the event and the error.
    Stopped(#[serde(serialize_with = "text")] Arc<str>),
    /// It has ended with its application.
    Ended,
}

impl State {
    /// The larger, the more it says about the whole it is a part of.
    pub(crate) fn severity(&self) -> u8 {
        match self {
            Self::Ended => 0,
            Self::StandingBy => 1,
            Self::Running | Self::Building(_) => 2,
            Self::Stalled(_) => 3,
            Self::Stopped(_) => 4,
        }
    }
}

fn text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

/// Why waiting for a subscription is in vain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// The projection has stopped before it got there.
    #[error("projection `{name}` has stopped: {error}")]
    Stopped {
        /// The projection.
        name: &'static str,
        /// The event it stopped at, and why.
        error: Arc<str>,
    },
    /// The application is shutting down.
    #[error("the application is shutting down")]
    ShuttingDown,
    /// The application does not run this projection: it is not registered, or it is for another store.
    #[error("projection `{0}` is not running")]
    NotRunning(&'static str),
}

/// The one end of a status that may change it.
#[derive(Clone, Debug)]
pub(crate) struct StatusSender(watch::Sender<Status>);

impl StatusSender {
    pub(crate) fn new(name: &'static str) -> (Self, watch::Receiver<Status>) {
        let status = Status { name, position: Position::START, state: State::Running };
        let (sender, receiver) = watch::channel(status);
        (Self(sender), receiver)
    }

    /// Everything up to `position` is done. It never goes back but by [`Self::restart`].
    pub(crate) fn reached(&self, position: Position) {
        self.0.send_if_modified(|status| {
            let moved = position > status.position;
            status.position = status.position.max(position);
            moved
        });
    }

    /// A rebuild begins.
    pub(crate) fn restart(&self, position: Position) {
        self.0.send_modify(|status| {
            status.position = position;
            status.state = State::Running;
        });
    }

    /// Another process works on it, and has come so far.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn stands_by(&self, position: Position) {
        self.0.send_if_modified(|status| {
            let stood = Status { name: status.name, position, state: State::StandingBy };
            let changed = *status != stood;
            *status = stood;
            changed
        });
    }

    pub(crate) fn is(&self, state: State) {
        self.0.send_if_modified(|status| {
            let changed = status.state != state;
            status.state = state;
            changed
        });
    }

    /// The store failed; it will be tried again.
    pub(crate) fn stalled(&self, error: &dyn std::error::Error) {
        let text = crate::error_chain::chain(error);
        tracing::warn!(subscription = self.0.borrow().name, error = %text, "the store fails, trying again");
        self.is(State::Stalled(text.into()));
    }

    pub(crate) fn stopped(&self, error: &dyn std::error::Error) {
        let text = crate::error_chain::chain(error);
        tracing::error!(subscription = self.0.borrow().name, error = %text, "subscription has stopped");
        self.is(State::Stopped(text.into()));
    }
}

/// Waits until a subscription has done everything up to `position`, or cannot go on at present.
pub(crate) async fn reach_if_possible(mut status: watch::Receiver<Status>, position: Position) {
    let goes_on = |state: &State| matches!(state, State::Running | State::Building(_));
    let settled = |status: &Status| status.position >= position || !goes_on(&status.state);
    // A sender that is gone has ended, too.
    let _ = status.wait_for(settled).await;
}

/// Waits until a subscription has done everything up to `position`.
pub(crate) async fn reach(mut status: watch::Receiver<Status>, position: Position) -> Result<(), WaitError> {
    let decided = status
        .wait_for(|status| {
            status.position >= position || matches!(status.state, State::Stopped(_) | State::Ended)
        })
        .await
        .map_err(|_| WaitError::ShuttingDown)?;
    match &decided.state {
        _ if decided.position >= position => Ok(()),
        State::Stopped(error) => Err(WaitError::Stopped { name: decided.name, error: Arc::clone(error) }),
        _ => Err(WaitError::ShuttingDown),
    }
}
