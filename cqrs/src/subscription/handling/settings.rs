//! How a handler is run: as it says, and else as the application does.

use std::time::Duration;

use crate::handler::EventHandlerSettings;

use super::super::SubscriptionSettings;

#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) concurrency: usize,
    pub(super) attempts: u32,
    pub(super) time_limit: Duration,
    pub(super) subscription: SubscriptionSettings,
}

impl Settings {
    pub(super) fn of(handler: EventHandlerSettings, subscription: SubscriptionSettings) -> Self {
        let (first_delay, longest_delay) =
            handler.delay.unwrap_or((subscription.first_delay, subscription.longest_delay));
        Self {
            concurrency: handler.concurrency.max(1),
            attempts: handler.attempts.unwrap_or(subscription.attempts),
            time_limit: handler.time_limit.unwrap_or(subscription.time_limit),
            subscription: SubscriptionSettings { first_delay, longest_delay, ..subscription },
        }
    }

    /// How long to wait after so many failed tries.
    pub(super) fn delay_after(&self, tries: u32) -> Duration {
        self.subscription.delay_after(tries)
    }
}
