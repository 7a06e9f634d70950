//! Being a member of a group: joining, renewing, and having the partitions that are one's own.
//!
//! Invariant: a member is struck out only by somebody who has seen its entry unchanged for its whole lease by a clock of
//! his own, or by a later run of the same instance; and whoever is struck out finds that out by its next renewal, joins again, and meanwhile settles nothing of
//! what others have taken over: that is up to the entries of the partitions.

mod balancing;
mod desk;
mod joining;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use smol_str::SmolStr;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{bus::ConsumerOptions, error_chain::chain, store::StoreError};

use super::{feeding::Feed, heard::Heard, instance::Instance, layout::Layout};

pub(super) use desk::Desk;

/// How long to wait before the server is asked again.
const PAUSE: Duration = Duration::from_millis(50);

/// A member of a group.
pub(super) struct Member {
    layout: Arc<Layout>,
    group: SmolStr,
    id: Uuid,
    lease: Duration,
    exclusive: bool,
    instance: Option<Instance>,
    feed: Feed,
    heard: Arc<Heard>,
    pub(super) desk: Arc<Desk>,
    /// How often the others had renewed, and since when that has not changed.
    observed: HashMap<Uuid, (u64, Instant)>,
    /// Up to where each partition was cleared.
    cleared: HashMap<usize, u64>,
}

impl Member {
    pub(super) fn new(
        layout: Arc<Layout>,
        options: &ConsumerOptions,
        (lease, instance): (Duration, Option<Instance>),
        closed: watch::Receiver<bool>,
    ) -> Self {
        let room = Arc::new(tokio::sync::Semaphore::new(options.prefetch.max(1)));
        Self {
            layout,
            group: options.group.clone(),
            id: Uuid::now_v7(),
            lease,
            exclusive: options.exclusive,
            instance,
            feed: Feed { room, closed },
            heard: Arc::new(Heard::new(lease)),
            desk: Arc::default(),
            observed: HashMap::new(),
            cleared: HashMap::new(),
        }
    }

    /// Does what a member does until `stop`, and leaves the group.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                () = self.be_member() => {}
            }
        }
        // Whoever is not heard in that time is struck out by the others.
        if tokio::time::timeout(self.lease, self.leave()).await.is_err() {
            tracing::warn!(group = %self.group, "the server was not told that a listener went away");
        }
    }

    /// Renews, looks after its partitions whenever something may have changed, until the server is not reached.
    async fn be_member(&mut self) {
        let signals = self.layout.entries.client().subscribe(self.layout.signal(&self.group)).await;
        let Ok(mut signals) = signals else { return tokio::time::sleep(PAUSE).await };
        let mut renewed: Option<Instant> = None;
        loop {
            let due = renewed.is_none_or(|renewed| renewed.elapsed() >= self.lease / 3);
            match self.look_after(due).await {
                Ok(()) if due => renewed = Some(Instant::now()),
                Ok(()) => {}
                Err(error) => {
                    tracing::warn!(group = %self.group, error = chain(&error), "a group is not reached");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            }
            let elapsed = renewed.map_or(Duration::ZERO, |renewed| renewed.elapsed());
            tokio::select! {
                () = tokio::time::sleep((self.lease / 3).saturating_sub(elapsed)) => {}
                signal = signals.next() => if signal.is_none() { return },
                () = self.desk.drained() => {}
            }
        }
    }

    async fn look_after(&mut self, renew: bool) -> Result<(), StoreError> {
        let began = Instant::now();
        let group = self.present_group(renew).await?;
        for owned in self.desk.owned() {
            owned.refresh().await?;
        }
        if renew {
            self.heard.at(began);
        }
        self.balance(&group).await?;
        if renew {
            self.clear().await?;
        }
        Ok(())
    }

    async fn leave(&mut self) {
        for owned in self.desk.owned() {
            owned.give_up().await;
        }
        self.desk.set(Vec::new(), false);
        while let Err(error) = self.try_leave().await {
            tracing::debug!(group = %self.group, error = chain(&error), "a group is not reached");
            tokio::time::sleep(PAUSE).await;
        }
        self.signal().await;
    }

    async fn signal(&self) {
        self.layout.signal_all(&self.group).await;
    }
}
