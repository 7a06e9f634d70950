//! How an event handler function is run.

use std::time::Duration;

/// How an event handler function is run: what `#[event_handler(..)]` says beside where it starts.
///
/// What is `None` is as the application's
/// [`SubscriptionSettings`](crate::subscription::SubscriptionSettings) say.
///
/// ```
/// use std::time::Duration;
/// use cqrs::handler::EventHandlerSettings;
///
/// const SETTINGS: EventHandlerSettings = EventHandlerSettings::new()
///     .concurrency(16)
///     .attempts(20)
///     .delay(Duration::from_secs(1), Duration::from_mins(10))
///     .time_limit(Duration::from_secs(30));
/// assert_eq!(SETTINGS.attempts, Some(20));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventHandlerSettings {
    /// On how many streams it works at a time; the events of one stream are always handled one after the other, in their
    /// order. Default: 1, since a handler must know of it if it runs beside itself.
    pub concurrency: usize,
    /// How often it is tried with an event before the event becomes a dead letter.
    pub attempts: Option<u32>,
    /// How long to wait before the second try, and the longest wait between two: each is twice as long as the one before.
    pub delay: Option<(Duration, Duration)>,
    /// How long one call may take: one that takes longer is ended, and has failed.
    pub time_limit: Option<Duration>,
}

impl EventHandlerSettings {
    /// Returns the settings of a handler that says nothing.
    pub const fn new() -> Self {
        Self { concurrency: 1, attempts: None, delay: None, time_limit: None }
    }

    /// Sets on how many streams it works at a time.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[must_use]
    pub const fn concurrency(mut self, streams: usize) -> Self {
        assert!(streams > 0, "an event handler that works on no stream handles nothing");
        self.concurrency = streams;
        self
    }

    /// Sets how often it is tried with an event.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        assert!(attempts > 0, "the first try counts: an event handler is tried once at least");
        self.attempts = Some(attempts);
        self
    }

    /// Sets how long to wait before the second try, and the longest wait between two.
    ///
    /// # Panics
    ///
    /// If the first is 0, or longer than the longest.
    #[must_use]
    pub const fn delay(mut self, first: Duration, longest: Duration) -> Self {
        assert!(!first.is_zero(), "without a delay a handler would be tried without a pause");
        assert!(first.as_nanos() <= longest.as_nanos(), "the first delay is longer than the longest");
        self.delay = Some((first, longest));
        self
    }

    /// Sets how long one call may take.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[must_use]
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        assert!(!limit.is_zero(), "no call is done in no time");
        self.time_limit = Some(limit);
        self
    }
}

impl Default for EventHandlerSettings {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_means_nothing_is_refused() {
        let refused: [fn() -> EventHandlerSettings; 5] = [
            || EventHandlerSettings::new().concurrency(0),
            || EventHandlerSettings::new().attempts(0),
            || EventHandlerSettings::new().delay(Duration::ZERO, SECOND),
            || EventHandlerSettings::new().delay(2 * SECOND, SECOND),
            || EventHandlerSettings::new().time_limit(Duration::ZERO),
        ];
        for settings in refused {
            assert!(std::panic::catch_unwind(settings).is_err());
        }
        assert_eq!(EventHandlerSettings::new().delay(SECOND, SECOND).delay, Some((SECOND, SECOND)));
    }
}
