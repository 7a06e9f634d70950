//! The turns of whoever has the lease: handle what is there, keep the checkpoint, wait for more.

use std::time::Instant;

use futures_util::future::BoxFuture;
use tracing::debug;

use crate::store::{Lease, StoreError, Subscription, SubscriptionStart};

use super::{
    super::{Source, StatusSender, environment::Request, source::Woken},
    Owner, Progress, Turn, Work,
};

/// What works turn by turn.
pub(super) struct Turns<W>(pub(super) W);

impl<W: Work> Owner for Turns<W> {
    fn start(&self) -> SubscriptionStart {
        self.0.start()
    }

    fn own<'a>(
        &'a mut self,
        source: &'a mut Source,
        status: &'a StatusSender,
        lease: Lease,
        subscription: Subscription,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let mut progress = Progress::new(source.environment().clone(), lease, &subscription);
        Box::pin(async move { own(source, status, &mut self.0, &mut progress).await })
    }
}

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
        let (events, end) = match source.page(progress.done).await {
            Err(StoreError::Decode(error)) => match work.undecodable(error, progress).await? {
                Turn::Done if source.environment().is_shutting_down() => return Ok(Turn::Done),
                Turn::Done => {
                    status.reached(progress.done);
                    continue;
                }
                Turn::Interrupted => return Ok(Turn::Interrupted),
            },
            page => page?,
        };
        let found = !events.is_empty();
        if found && work.handle(events, progress).await? == Turn::Interrupted {
            return Ok(Turn::Interrupted);
        }
        progress.done = end.position.max(progress.done);
        if (found || progress.lags()) && progress.advance().await? == Turn::Interrupted {
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
