//! The clock that an application goes by.

use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use jiff::{SignedDuration, Timestamp};

/// The clock that an application goes by: it gives commands their time, and decides what is due.
///
/// [`SystemClock`] unless [`ApplicationBuilder::clock`](crate::application::ApplicationBuilder::clock) says otherwise. A clock
/// that jumps back lets nothing happen twice; one that jumps ahead lets happen what is due by then.
pub trait Clock: Send + Sync + 'static {
    /// Returns the time now.
    fn now(&self) -> Timestamp;

    /// Resolves once the time has come. It may resolve earlier: whoever waits looks at the clock again.
    fn sleep_until(&self, time: Timestamp) -> BoxFuture<'_, ()>;

    /// Returns whether time stands still until somebody moves it: then nobody waits for what is not due yet. By default it does
    /// not.
    fn stands_still(&self) -> bool {
        false
    }
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// For no longer than this is anything believed to last: somebody may set the machine's clock meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(10);

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep_until(&self, time: Timestamp) -> BoxFuture<'_, ()> {
        let left = Duration::try_from(time.duration_since(self.now())).unwrap_or_default();
        tokio::time::sleep(left.min(LONGEST_SLEEP)).boxed()
    }
}

/// A time so much later; the last there is where there is none.
pub(crate) fn later(time: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}
