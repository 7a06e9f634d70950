//! Subscriptions that one process runs at a time, by a lease: event handlers and bus relays.
//!
//! Invariant: the checkpoint moves only by compare-and-set on its position and on the epoch of the lease, so an
//! owner that slept through the end of its lease can finish the call it had begun, and nothing more.

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tracing::debug;

use crate::{
    event::RecordedEvent,
    message::Position,
    store::{Lease, StoreError, Subscription, SubscriptionStart},
};

use super::{Environment, Source, State, StatusSender, environment::Request, source::Woken};

/// What a leased subscription does with its events.
pub(crate) trait Work: Send + 'static {
    /// How it begins when the store sees it for the first time.
    fn start(&self) -> SubscriptionStart;

    /// The lease was gained: what is kept in the store about this subscription may have changed.
    fn gained<'a>(&'a mut self, environment: &'a Environment) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Somebody, perhaps in another process, may have asked for dead letters to be handled again.
    fn resume<'a>(&'a mut self, progress: &'a mut Progress) -> BoxFuture<'a, Result<Turn, StoreError>>;

    /// Handles a page of events, and says through `progress` how far it has come.
    fn handle<'a>(
        &'a mut self,
        events: Vec<RecordedEvent>,
        progress: &'a mut Progress,
    ) -> BoxFuture<'a, Result<Turn, StoreError>>;
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Everything given was dealt with.
    Done,
    /// The lease was lost, or the application shuts down: what is left is for the next owner.
    Interrupted,
}

/// The checkpoint and the lease it moves under.
pub(crate) struct Progress {
    pub(crate) environment: Environment,
    lease: Lease,
    renewed: Instant,
    /// The checkpoint as stored.
    stored: Position,
    /// Everything up to here is done, stored or not.
    done: Position,
    advanced: Instant,
}

/// A crash repeats at most what was handled since the last advance: so long, or one page.
const ADVANCE_EVERY: Duration = Duration::from_millis(10);

/// Without events of its own a checkpoint is stored only when it lags this far, to spare the store a write for
/// each foreign event.
const LAG: u64 = 10_000;

impl Progress {
    fn new(environment: Environment, lease: Lease, subscription: &Subscription) -> Self {
        let now = Instant::now();
        let position = subscription.position;
        Self { environment, lease, renewed: now, stored: position, done: position, advanced: now }
    }

    /// Everything up to `position` is done. `Interrupted` if the checkpoint is no longer ours to move.
    pub(crate) async fn reached(&mut self, position: Position) -> Result<Turn, StoreError> {
        self.done = position;
        // A page of events can take longer than the lease although each of them is short.
        if self.renew_in_time().await? == Turn::Interrupted {
            return Ok(Turn::Interrupted);
        }
        if self.advanced.elapsed() < ADVANCE_EVERY { Ok(Turn::Done) } else { self.advance().await }
    }

    /// Stores the checkpoint.
    pub(crate) async fn advance(&mut self) -> Result<Turn, StoreError> {
        self.advanced = Instant::now();
        if self.done == self.stored {
            return Ok(Turn::Done);
        }
        let store = &self.environment.store;
        if !store.advance(&self.lease.name, self.lease.epoch, self.stored, self.done).await? {
            return Ok(Turn::Interrupted);
        }
        self.stored = self.done;
        Ok(Turn::Done)
    }

    /// Keeps the lease while `call` runs, which may take longer than a lease lasts.
    pub(crate) async fn keeping_lease<F: Future>(&mut self, call: F) -> Result<F::Output, StoreError> {
        tokio::pin!(call);
        loop {
            let wait = (self.environment.settings.lease / 3).saturating_sub(self.renewed.elapsed());
            tokio::select! {
                biased;
                output = &mut call => return Ok(output),
                () = tokio::time::sleep(wait) => { self.renew().await?; }
            }
        }
    }

    /// Waits, the lease kept, before what failed so often is tried again; `false` if the application shuts down.
    pub(crate) async fn pause(&mut self, tries: u32) -> Result<bool, StoreError> {
        let mut shutdown = self.environment.shutdown.clone();
        let pause = tokio::time::sleep(self.environment.settings.delay_after(tries));
        self.keeping_lease(async move {
            tokio::select! { _ = shutdown.wait_for(|down| *down) => false, () = pause => true }
        })
        .await
    }

    /// Renews the lease when a third of it is over.
    async fn renew_in_time(&mut self) -> Result<Turn, StoreError> {
        if self.renewed.elapsed() < self.environment.settings.lease / 3 {
            Ok(Turn::Done)
        } else {
            self.renew().await
        }
    }

    /// Whether this process still has the lease. Whoever slept must ask before it writes what no checkpoint guards.
    pub(crate) async fn renew(&mut self) -> Result<Turn, StoreError> {
        self.renewed = Instant::now();
        let held = self.environment.store.renew_lease(&self.lease, self.environment.settings.lease).await?;
        Ok(if held { Turn::Done } else { Turn::Interrupted })
    }
}

/// Runs a leased subscription until the application shuts down.
pub(crate) async fn run(mut source: Source, status: StatusSender, mut work: impl Work) {
    let start = work.start();
    loop {
        let gained = gain(&mut source, &status, &start).await;
        let outcome = match gained {
            Ok(Some(mut progress)) => own(&mut source, &status, &mut work, &mut progress).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            if let Woken::ShutDown = source.stall(&status, &error).await {
                break;
            }
        }
        if source.environment().is_shutting_down() {
            break;
        }
    }
    status.is(State::Ended);
}

/// The lease, once it is free; `None` if the application shuts down first.
async fn gain(
    source: &mut Source,
    status: &StatusSender,
    start: &SubscriptionStart,
) -> Result<Option<Progress>, StoreError> {
    let environment = source.environment().clone();
    environment.store.subscribe(*start).await?;
    loop {
        let lease = environment
            .store
            .acquire_lease(start.name, environment.owner, environment.settings.lease)
            .await?;
        if let Some(lease) = lease {
            let subscription = environment.store.subscription(start.name).await?;
            let Some(subscription) = subscription else { return Ok(None) };
            source.works(status);
            status.reached(subscription.position);
            return Ok(Some(Progress::new(environment, lease, &subscription)));
        }
        status.is(State::StandingBy);
        let standing_by = tokio::time::sleep(environment.settings.lease / 3);
        let mut shutdown = environment.shutdown.clone();
        tokio::select! {
            biased;
            _ = shutdown.wait_for(|down| *down) => return Ok(None),
            () = standing_by => {}
        }
    }
}

/// Works until the lease is lost or the application shuts down; then gives the lease back.
async fn own(
    source: &mut Source,
    status: &StatusSender,
    work: &mut impl Work,
    progress: &mut Progress,
) -> Result<(), StoreError> {
    let outcome = turns(source, status, work, progress).await;
    if let Ok(Turn::Done) = outcome {
        progress.advance().await?;
    }
    debug!(subscription = progress.lease.name, "giving the lease back");
    progress.environment.store.release_lease(&progress.lease).await?;
    outcome.map(|_| ())
}

async fn turns(
    source: &mut Source,
    status: &StatusSender,
    work: &mut impl Work,
    progress: &mut Progress,
) -> Result<Turn, StoreError> {
    work.gained(&progress.environment).await?;
    let mut look_at_dead_letters = true;
    let mut looked = Instant::now();
    loop {
        // Another process that freed a dead letter tells nobody.
        if look_at_dead_letters || looked.elapsed() >= progress.environment.settings.lease / 3 {
            looked = Instant::now();
            if work.resume(progress).await? == Turn::Interrupted {
                return Ok(Turn::Interrupted);
            }
        }
        if turn(source, status, work, progress).await? == Turn::Interrupted {
            return Ok(Turn::Interrupted);
        }
        look_at_dead_letters = match wait(source, progress).await? {
            None => return Ok(Turn::Done),
            Some(look) => look,
        };
    }
}

/// Handles everything there is now.
async fn turn(
    source: &mut Source,
    status: &StatusSender,
    work: &mut impl Work,
    progress: &mut Progress,
) -> Result<Turn, StoreError> {
    loop {
        let (events, end) = source.page(progress.done).await?;
        let found = !events.is_empty();
        if found && work.handle(events, progress).await? == Turn::Interrupted {
            return Ok(Turn::Interrupted);
        }
        progress.done = end.position.max(progress.done);
        let lags = progress.done.get() - progress.stored.get() >= LAG;
        if (found || lags) && progress.advance().await? == Turn::Interrupted {
            return Ok(Turn::Interrupted);
        }
        status.reached(progress.done);
        if progress.renew_in_time().await? == Turn::Interrupted {
            return Ok(Turn::Interrupted);
        }
        if end.complete || source.environment().is_shutting_down() {
            return Ok(Turn::Done);
        }
    }
}

/// Waits for more while keeping the lease; says whether to look at the dead letters, `None` on shutdown.
async fn wait(source: &mut Source, progress: &mut Progress) -> Result<Option<bool>, StoreError> {
    loop {
        let longest = progress.environment.settings.lease / 3;
        let woken = tokio::time::timeout(longest, source.wait()).await.ok();
        if progress.renew_in_time().await? == Turn::Interrupted {
            // The next turn finds out by its checkpoint, or by gaining the lease again.
            return Ok(None);
        }
        match woken {
            Some(Woken::ShutDown) => return Ok(None),
            Some(Woken::Look) => return Ok(Some(false)),
            Some(Woken::Asked(Request::DeadLetters)) | None => return Ok(Some(true)),
            Some(Woken::Asked(Request::Rebuild(answer))) => {
                let _ = answer.send(Err(StoreError::Unsupported("rebuild what is not a projection")));
            }
        }
    }
}
