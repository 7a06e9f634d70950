//! Until when there is nothing to do.

use std::time::Duration;

use jiff::Timestamp;

use crate::clock::Clock;

/// Until when there is nothing to do, unless something else happens.
#[derive(Clone, Copy)]
pub(super) enum Rest {
    /// Until a time by the application's clock, and no longer than so long by the machine's.
    UntilOrFor(Timestamp, Duration),
    For(Duration),
}

impl Rest {
    pub(super) async fn over(self, clock: &dyn Clock) {
        match self {
            Self::UntilOrFor(time, longest) => {
                let _ = tokio::time::timeout(longest, clock.sleep_until(time)).await;
            }
            Self::For(duration) => tokio::time::sleep(duration).await,
        }
    }
}
