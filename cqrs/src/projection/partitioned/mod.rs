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

mod ending;
mod share;
mod slot;
mod turns;

use std::{sync::Arc, time::Instant};

use futures_util::FutureExt;
use tokio::task::JoinSet;

use crate::{
    message::Position,
    store::StoreError,
    subscription::{Environment, Request, Running, Source, State, StatusSender, Woken, is_passing},
};

use super::InDatabase;

use slot::Slot;

struct Sharing {
    projection: Arc<dyn InDatabase>,
    source: Source,
    status: StatusSender,
    slots: Vec<Slot>,
    workers: JoinSet<()>,
    /// How many partitions this process is to have.
    share: usize,
    /// The log has come here at least.
    head: Position,
    beaten: Option<Instant>,
    looked: Instant,
}

pub(super) fn prepare(projection: Arc<dyn InDatabase>, environment: &Environment) -> Running {
    let facts = projection.facts();
    let (status, watched) = StatusSender::new(facts.name);
    let (source, requests) = Source::new(environment, Some(facts.kinds), facts.handlers);
    let slots: Vec<_> = (0..facts.partitions.len()).map(|index| Slot::new(facts, index)).collect();
    let parts = slots.iter().map(|slot| slot.watched.clone()).collect();
    let wanted = source.wanted();
    let (workers, looked) = (JoinSet::new(), Instant::now());
    let sharing = Sharing {
        projection,
        source,
        status,
        slots,
        workers,
        share: 0,
        head: Position::START,
        beaten: None,
        looked,
    };
    Running { status: watched, parts, requests, wanted, model: None, task: sharing.run().boxed() }
}

impl Sharing {
    async fn run(mut self) {
        if self.begin().await {
            self.take_turns().await;
        }
        for slot in &self.slots {
            slot.status.is(State::Ended);
        }
        self.status.is(State::Ended);
    }

    /// Finds the projection and its partitions, or makes them; `false` on shutdown. What no waiting mends, such as a newer
    /// version that is there, is for somebody to rebuild.
    async fn begin(&mut self) -> bool {
        loop {
            let store = Arc::clone(&self.source.environment().store);
            let woken = match self.projection.begin(&store).await {
                Ok(_) => return true,
                Err(error) if is_passing(&error) => self.stall(&error).await,
                Err(error) => {
                    self.status.refused(&error);
                    self.slots.iter().for_each(|slot| slot.status.refused(&error));
                    return self.until_rebuilt().await;
                }
            };
            if let Woken::ShutDown = woken {
                return false;
            }
        }
    }

    /// Waits until it was built anew; `false` on shutdown.
    async fn until_rebuilt(&mut self) -> bool {
        loop {
            match self.source.wait().await {
                Woken::ShutDown => return false,
                Woken::Look | Woken::Asked(Request::DeadLetters) => {}
                Woken::Asked(Request::Rebuild(answer)) => {
                    let rebuilt = self.rebuild().await;
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
    async fn take_turns(&mut self) {
        loop {
            let woken = match self.turn().await {
                Ok(()) => {
                    self.source.works(&self.status);
                    self.wait().await
                }
                Err(error) => self.stall(&error).await,
            };
            match woken {
                Woken::ShutDown => return self.leave().await,
                Woken::Look => {}
                Woken::Asked(Request::DeadLetters) => self.slots.iter().for_each(Slot::look_at_dead_letters),
                Woken::Asked(Request::Rebuild(answer)) => {
                    let _ = answer.send(self.rebuild().await);
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
}
