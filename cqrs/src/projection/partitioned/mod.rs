//! Running a projection that is divided: each partition is a [`Projector`] of its own, run by the process that has its
//! lease, and shared out so that every process has its fair part.
//!
//! Invariants:
//!
//! - *One owner commits.* A batch commits only under the epoch of the partition's lease, and taking a partition raises
//!   it. Leases and clocks decide who works, never what is right: an owner that slept through the end of its lease is
//!   refused.
//! - *Order.* All events of one key are in one partition, whose checkpoint moves in the order of the log.
//! - *Nobody waits for a process that is gone.* It is counted among the living for the time of a lease, as its partitions
//!   are; then the others take them. A process that ends well gives them back at once.

mod key;
mod share;
mod slot;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio::task::{Id, JoinError, JoinSet};
use tracing::warn;

use crate::{
    event::Event,
    store::{PartitionStore, Store, StoreError},
    subscription::{Environment, Request, Running, Source, State, StatusSender, Woken},
};

use super::{
    ProjectionBackend,
    projector::{InDatabase, is_passing},
};

pub(super) use key::partition_of;

use share::fair_share;
use slot::Slot;

/// How often the partitions of others are looked at: for who waits for them, and for those that become free.
const LOOK_EVERY: Duration = Duration::from_millis(100);

struct Sharing {
    source: Source,
    status: StatusSender,
    slots: Vec<Slot>,
    workers: JoinSet<()>,
    /// How many partitions this process is to have.
    share: usize,
    beaten: Option<Instant>,
    looked: Instant,
}

pub(super) fn prepare<P: InDatabase>(environment: &Environment) -> Running {
    let (status, watched) = StatusSender::new(P::NAME);
    let (source, requests) = Source::new(environment, Some(P::Event::KINDS));
    let slots: Vec<_> = (0..P::PARTITIONS.len()).map(Slot::new::<P>).collect();
    let parts = slots.iter().map(|slot| slot.watched.clone()).collect();
    let wanted = source.wanted();
    let (workers, looked) = (JoinSet::new(), Instant::now());
    let sharing = Sharing { source, status, slots, workers, share: 0, beaten: None, looked };
    Running { status: watched, parts, requests, wanted, model: None, task: sharing.run::<P>().boxed() }
}

impl Sharing {
    async fn run<P: InDatabase>(mut self) {
        if self.begin::<P>().await {
            self.take_turns::<P>().await;
        }
        for slot in &self.slots {
            slot.status.is(State::Ended);
        }
        self.status.is(State::Ended);
    }

    /// Finds the projection and its partitions, or makes them; `false` on shutdown. What no waiting mends, such as a newer
    /// version that is there, is for somebody to rebuild.
    async fn begin<P: InDatabase>(&mut self) -> bool {
        loop {
            let store = Arc::clone(&self.source.environment().store);
            let woken = match P::Backend::begin::<P>(&store).await {
                Ok(_) => return true,
                Err(error) if is_passing(&error) => self.stall(&error).await,
                Err(error) => {
                    self.status.stopped(&error);
                    self.slots.iter().for_each(|slot| slot.status.stopped(&error));
                    return self.until_rebuilt::<P>().await;
                }
            };
            if let Woken::ShutDown = woken {
                return false;
            }
        }
    }

    /// Waits until it was built anew; `false` on shutdown.
    async fn until_rebuilt<P: InDatabase>(&mut self) -> bool {
        loop {
            match self.source.wait().await {
                Woken::ShutDown => return false,
                Woken::Look | Woken::Asked(Request::DeadLetters) => {}
                Woken::Asked(Request::Rebuild(answer)) => {
                    let rebuilt = self.rebuild::<P>().await;
                    let is_there = rebuilt.is_ok();
                    let _ = answer.send(rebuilt);
                    if is_there {
                        return true;
                    }
                }
            }
        }
    }

    /// Says that the store has failed, of the projection and of the partitions it is not known of, and waits.
    async fn stall(&mut self, error: &StoreError) -> Woken {
        for slot in self.slots.iter().filter(|slot| !slot.is_owned()) {
            slot.status.stalled(error);
        }
        self.source.stall(&self.status, error).await
    }

    /// Keeps what this process has, takes what it is to have, and gives up what others are to have, until the end.
    async fn take_turns<P: InDatabase>(&mut self) {
        loop {
            let woken = match self.turn::<P>().await {
                Ok(()) => {
                    self.source.works(&self.status);
                    self.wait().await
                }
                Err(error) => self.stall(&error).await,
            };
            match woken {
                Woken::ShutDown => return self.leave::<P>().await,
                Woken::Look => {}
                Woken::Asked(Request::DeadLetters) => self.slots.iter().for_each(Slot::look_at_dead_letters),
                Woken::Asked(Request::Rebuild(answer)) => {
                    let _ = answer.send(self.rebuild::<P>().await);
                }
            }
        }
    }

    /// Waits for something to do, and clears up after workers that have ended.
    async fn wait(&mut self) -> Woken {
        loop {
            tokio::select! {
                biased;
                Some(ended) = self.workers.join_next_with_id() => self.ended(ended).await,
                woken = self.source.wait() => return woken,
            }
        }
    }

    async fn turn<P: InDatabase>(&mut self) -> Result<(), StoreError> {
        let environment = self.source.environment().clone();
        let store = partitions::<P>(&environment.store)?;
        let lease = environment.settings.lease;
        if self.beaten.is_none_or(|beaten| beaten.elapsed() >= lease / 3) {
            self.beat::<P>(store).await?;
        } else if self.looked.elapsed() < LOOK_EVERY {
            return Ok(());
        }
        self.looked = Instant::now();
        let mut free = self.survey(store, P::PARTITIONS).await?;
        if !free.is_empty() && self.owned().len() >= self.share {
            // Somebody may have left.
            self.beat::<P>(store).await?;
        }
        self.give_up_surplus();
        while self.owned().len() < self.share
            && let Some(index) = free.pop()
        {
            if let Some((lease, position)) =
                store.take(P::PARTITIONS[index], environment.owner, lease).await?
            {
                self.slots[index].start::<P>(&environment, lease, position, &mut self.workers);
            }
        }
        Ok(())
    }

    /// Says that this process is there, keeps what it has, and learns how many partitions it is to have.
    async fn beat<P: InDatabase>(&mut self, store: &dyn PartitionStore) -> Result<(), StoreError> {
        let environment = self.source.environment();
        let (owner, lease) = (environment.owner, environment.settings.lease);
        let others = store.beat(P::NAME, owner, lease).await?;
        store.renew(&self.owned(), owner, lease).await?;
        self.share = fair_share(self.slots.len(), owner, &others);
        self.beaten = Some(Instant::now());
        Ok(())
    }

    /// Looks at all partitions: says how far those of others have come, stops work on what was lost, and gives the
    /// indices of those that are free.
    async fn survey(
        &mut self,
        store: &dyn PartitionStore,
        names: &'static [&'static str],
    ) -> Result<Vec<usize>, StoreError> {
        let mut free = Vec::new();
        for view in store.survey(names).await? {
            let Some(index) = names.iter().position(|name| *name == view.name) else { continue };
            if self.slots[index].compare(&view, self.source.environment().owner) && view.free {
                free.push(index);
            }
        }
        Ok(free)
    }

    fn owned(&self) -> Vec<&'static str> {
        self.slots.iter().filter(|slot| slot.is_kept()).map(|slot| slot.name).collect()
    }

    fn give_up_surplus(&mut self) {
        let surplus = self.owned().len().saturating_sub(self.share);
        self.slots.iter_mut().rev().filter(|slot| slot.is_kept()).take(surplus).for_each(Slot::stop);
    }

    /// A worker has ended: the lease is given back, unless it was lost.
    async fn ended(&mut self, ended: Result<(Id, ()), JoinError>) {
        let (id, panicked) = match ended {
            Ok((id, ())) => (id, None),
            Err(error) => (error.id(), Some(error)),
        };
        let Some(slot) = self.slots.iter_mut().find(|slot| slot.is_run_by(id)) else { return };
        if let Some(lease) = slot.end()
            && let Err(error) = self.source.environment().store.release_lease(&lease).await
        {
            warn!(partition = slot.name, %error, "the partition is free when its lease ends");
        }
        if let Some(panicked) = panicked {
            warn!(partition = slot.name, %panicked, "a partition's worker panicked");
        }
    }

    /// Finishes the batches under way, and gives everything back.
    async fn stop_all(&mut self) {
        self.slots.iter_mut().for_each(Slot::stop);
        while let Some(ended) = self.workers.join_next_with_id().await {
            self.ended(ended).await;
        }
    }

    async fn rebuild<P: InDatabase>(&mut self) -> Result<(), StoreError> {
        self.stop_all().await;
        let store = Arc::clone(&self.source.environment().store);
        let subscription = P::Backend::rebuild::<P>(&store).await?;
        self.slots.iter().for_each(|slot| slot.status.restart(subscription.position));
        Ok(())
    }

    async fn leave<P: InDatabase>(&mut self) {
        self.stop_all().await;
        let environment = self.source.environment();
        let left = match partitions::<P>(&environment.store) {
            Ok(store) => store.leave(P::NAME, environment.owner).await,
            Err(error) => Err(error),
        };
        if let Err(error) = left {
            warn!(projection = P::NAME, %error, "others learn that this process has left when its time is over");
        }
    }
}

/// The store, as one that shares projections.
fn partitions<P: InDatabase>(store: &Arc<dyn Store>) -> Result<&dyn PartitionStore, StoreError> {
    P::Backend::partitions(store).ok_or(StoreError::Unsupported("divide a projection into partitions"))
}
