//! How far a subscription has come, as others see it.

use std::{fmt, sync::Arc};

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use tokio::sync::watch;

use crate::{message::Position, store::StoreError};

/// How far a subscription has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its name.
    pub name: &'static str,
    /// Everything up to here is done.
    pub position: Position,
    /// What it is doing.
    pub state: State,
    /// Since when it is doing that.
    pub since: Timestamp,
}

impl Status {
    fn set(&mut self, state: State) -> bool {
        if self.state == state {
            return false;
        }
        (self.state, self.since) = (state, Timestamp::now());
        true
    }
}

/// The state of a subscription.
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
    /// A newer version of the projection has taken over, and processes of the newer program keep it up to date. The text
    /// names both versions.
    Superseded(#[serde(serialize_with = "text")] Arc<str>),
    /// It has stopped where it is: before an event that failed for good, or because its checkpoint cannot be true. The text
    /// names the event, or what is wrong with the checkpoint.
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
            Self::Superseded(_) => 3,
            Self::Stalled(_) => 4,
            Self::Stopped(_) => 5,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => formatter.write_str("it runs"),
            Self::Building(position) => {
                write!(formatter, "it is built anew, up to position {position} so far")
            }
            Self::StandingBy => formatter.write_str("another process works on it"),
            Self::Stalled(error) => write!(formatter, "it is stalled: {error}"),
            Self::Superseded(error) => write!(formatter, "a newer version has taken over: {error}"),
            Self::Stopped(error) => write!(formatter, "it has stopped: {error}"),
            Self::Ended => formatter.write_str("it has ended"),
        }
    }
}

fn text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

/// The one end of a status that may change it.
#[derive(Clone, Debug)]
pub(crate) struct StatusSender(watch::Sender<Status>);

impl StatusSender {
    pub(crate) fn new(name: &'static str) -> (Self, watch::Receiver<Status>) {
        let (position, since) = (Position::START, Timestamp::now());
        let status = Status { name, position, state: State::Running, since };
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
            status.set(State::Running);
        });
    }

    /// Another process works on it, and has come so far.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn stands_by(&self, position: Position) {
        self.0.send_if_modified(|status| {
            let moved = status.position != position;
            status.position = position;
            status.set(State::StandingBy) || moved
        });
    }

    /// Another process works on it, and has stopped where it is.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn has_stopped_elsewhere(&self, position: Position, error: &Arc<str>) {
        self.0.send_if_modified(|status| {
            let moved = status.position != position;
            status.position = position;
            status.set(State::Stopped(Arc::clone(error))) || moved
        });
    }

    /// What was written in it is of a version that this program does not know.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn is_beyond(&self, written: u32, known: u32) {
        let text = format!(
            "a state of version {written} was written in `{}`, and this program knows version {known}",
            self.0.borrow().name
        );
        self.is(State::Superseded(text.into()));
    }

    /// What it is doing now.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn state(&self) -> State {
        self.0.borrow().state.clone()
    }

    pub(crate) fn is(&self, state: State) {
        self.0.send_if_modified(|status| status.set(state));
    }

    /// The store failed; it will be tried again.
    pub(crate) fn stalled(&self, error: &dyn std::error::Error) {
        let text = crate::error_chain::chain(error);
        tracing::warn!(subscription = self.0.borrow().name, error = %text, "the store fails, trying again");
        self.is(State::Stalled(text.into()));
    }

    /// The store refuses it, and no waiting mends that.
    pub(crate) fn refused(&self, error: &StoreError) {
        let StoreError::NewerProjection { .. } = error else { return self.stopped(error) };
        let text = error.to_string();
        if self.0.send_if_modified(|status| status.set(State::Superseded(text.as_str().into()))) {
            tracing::info!(subscription = self.0.borrow().name, "{text}");
        }
    }

    pub(crate) fn stopped(&self, error: &dyn std::error::Error) {
        let text = crate::error_chain::chain(error);
        let stopped = State::Stopped(text.as_str().into());
        // It may be found stopped again and again.
        if self.0.send_if_modified(|status| status.set(stopped)) {
            tracing::error!(subscription = self.0.borrow().name, error = %text, "subscription has stopped");
        }
    }
}
