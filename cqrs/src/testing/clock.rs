//! A clock that a test moves.

use std::{sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, FutureExt};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::{
    Application,
    clock::{Clock, later},
    error_chain::chain,
};

use super::settled;

/// A clock that stands still until a test moves it. Clones are the same clock.
///
/// ```standalone_crate
/// use cqrs::{prelude::*, testing::{ManualClock, TestApplication}};
/// use std::time::Duration;
///
/// #[derive(Event, Serialize, Deserialize)]
/// pub struct DoorLocked;
///
/// #[derive(Command, Serialize, Deserialize)]
/// pub struct LockDoor { #[command(id)] door: u32 }
///
/// #[derive(Aggregate, Serialize, Deserialize, Default)]
/// #[aggregate(id = u32)]
/// pub struct Door { locked: bool }
///
/// #[event_handler]
/// impl Door {
///     fn locked(&mut self, _: &DoorLocked) { self.locked = true }
/// }
///
/// #[command_handler]
/// impl Door {
///     fn lock(_: Option<&Self>, _: LockDoor) -> DoorLocked { DoorLocked }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let clock = ManualClock::at("2026-01-01T00:00:00Z".parse()?);
/// let app = TestApplication::builder().with(|app| app.clock(clock.clone())).start().await;
/// app.dispatch(LockDoor { door: 7 }).after(Duration::from_secs(900)).await?;
/// clock.advance(&app, Duration::from_secs(899)).await;
/// assert!(app.repository::<Door>().find(&7).await?.is_none());
/// clock.advance(&app, Duration::from_secs(1)).await;
/// assert!(app.repository::<Door>().find(&7).await?.is_some());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<watch::Sender<Timestamp>>);

impl ManualClock {
    /// Returns a clock that stands at a time.
    pub fn at(time: Timestamp) -> Self {
        Self(Arc::new(watch::Sender::new(time)))
    }

    /// Sets the clock, forward or back. What falls due by that happens in its own time; see [`advance`](Self::advance).
    pub fn set(&self, time: Timestamp) {
        self.0.send_replace(time);
    }

    /// Moves the clock on, from one time at which something is due to the next, and lets everything happen that falls due: the
    /// commands, and what projections and event handlers make of their events. Nothing sleeps.
    ///
    /// # Panics
    ///
    /// If the application cannot go on, or if that takes longer than half a minute.
    pub async fn advance(&self, application: &Application, by: Duration) {
        let end = later(self.now(), by);
        settled(application).await;
        while let Some(next) = next_due(application).await.filter(|next| *next <= end) {
            self.set(next.max(self.now()));
            settled(application).await;
        }
        self.set(end);
        settled(application).await;
    }
}

async fn next_due(application: &Application) -> Option<Timestamp> {
    let next = application.next_due().await;
    next.unwrap_or_else(|error| panic!("what waits cannot be read: {}", chain(&error)))
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn sleep_until(&self, time: Timestamp) -> BoxFuture<'_, ()> {
        let mut now = self.0.subscribe();
        // The sender is this clock itself, and is there as long as the borrow.
        async move { drop(now.wait_for(|now| *now >= time).await) }.boxed()
    }

    fn stands_still(&self) -> bool {
        true
    }
}
