//! The event that fails, and what becomes of it.

use std::time::Duration;

use tracing::warn;

use crate::{
    error_chain::chain,
    message::Position,
    projection::{ApplyError, OnFailure, batch::GivenUp},
    subscription::{SubscriptionSettings, count_failed},
};

/// The event that failed last, and how often.
#[derive(Default)]
pub(super) struct Failing(Option<GivenUp>);

impl Failing {
    /// How long to wait before the failing event is tried again; `None` if the projection is to stop.
    pub(super) fn again(
        &mut self,
        label: &'static str,
        error: &ApplyError,
        on_failure: OnFailure,
        settings: &SubscriptionSettings,
    ) -> Option<Duration> {
        let ApplyError::Event { position, name, .. } = error else { return None };
        count_failed(label, name);
        let before = self.0.take().filter(|failing| failing.position == *position);
        let attempts = before.map_or(0, |failing| failing.attempts) + 1;
        warn!(projection = label, attempts, error = chain(error), "event failed");
        self.0 = Some(GivenUp { position: *position, attempts, error: chain(error) });
        match on_failure {
            _ if attempts < settings.attempts => Some(settings.delay_after(attempts)),
            OnFailure::Stop => None,
            OnFailure::Park => Some(Duration::ZERO),
        }
    }

    /// How far to go in one transaction from `stored`, up to `reached`. While an event fails, those before it are
    /// applied by themselves, and then it alone: only it is tried again, and what it leaves behind is not taken for the
    /// failure of another.
    pub(super) fn up_to(&self, stored: Position, reached: Position) -> Position {
        let next = stored.next();
        match &self.0 {
            Some(failing) if failing.position > next => {
                reached.min(Position::new(failing.position.get() - 1))
            }
            Some(failing) if failing.position == next => next,
            _ => reached,
        }
    }

    /// The failing event, once it has been tried often enough.
    pub(super) fn given_up(&self, attempts: u32) -> Option<GivenUp> {
        self.0.clone().filter(|failing| failing.attempts >= attempts)
    }

    /// Everything up to here is dealt with.
    pub(super) fn passed(&mut self, position: Position) {
        self.0.take_if(|failing| failing.position <= position);
    }
}
