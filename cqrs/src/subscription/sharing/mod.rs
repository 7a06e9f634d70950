//! What is divided, and shared out among processes: each part is worked on by the process that has its lease, and every process has
//! its fair share. Projections are divided into partitions, process managers into slots.
//!
//! Invariants:
//!
//! - *One owner moves a checkpoint.* Taking a part raises the epoch of its lease, and a checkpoint moves only under the epoch. Leases and
//!   clocks decide who works, never what is right: an owner that slept through the end of its lease is refused.
//! - *Order.* All events of one key are in one part, whose checkpoint moves in the order of the log.
//! - *Who knows less takes nothing.* A part of a higher version than a program knows is for the others: parts are dealt out version by
//!   version, each among those who know it, so that none is left.
//! - *Nobody waits for a process that is gone.* It is counted among the living for the time of a lease, as its parts are; then the
//!   others take them. A process that ends well gives them back at once.

mod digest;
mod ending;
mod share;
mod slot;
mod turns;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::{sync::mpsc::UnboundedSender, task::JoinSet};

use crate::{
    message::Position,
    store::{Lease, PartitionStore, PartitionView, Peer, Store, StoreError},
};

use super::{
    Environment, Running, Source, State, Status, StatusSender, environment::Request, is_passing,
    source::Woken,
};

pub(crate) use digest::part_of;
use slot::Slot;

/// What is divided.
pub(crate) trait Divided: Send + Sync + 'static {
    /// What the whole is called.
    fn name(&self) -> &'static str;

    /// The parts, by the names of their checkpoints.
    fn parts(&self) -> &'static [&'static str];

    /// The store, as one whose parts are shared out.
    fn store<'a>(&self, store: &'a Arc<dyn Store>) -> Result<&'a dyn PartitionStore, StoreError>;

    /// Up to which version this program knows what is written in the parts, if they have versions that matter.
    fn knows(&self) -> Option<u32> {
        None
    }

    /// Finds the parts in the store, or makes them.
    fn begin<'a>(&'a self, store: &'a Arc<dyn Store>) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Begins all parts anew; gives where.
    fn rebuild<'a>(&'a self, store: &'a Arc<dyn Store>) -> BoxFuture<'a, Result<Position, StoreError>>;

    /// Keeps the leases that this process still has.
    fn renew<'a>(
        &'a self,
        store: &'a dyn PartitionStore,
        leases: &'a [Lease],
        duration: Duration,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Works on a part that was taken, until the environment says to stop, or the part is lost.
    fn work(&self, index: usize, taken: Taken) -> (BoxFuture<'static, ()>, UnboundedSender<Request>);
}

/// A part that was taken.
pub(crate) struct Taken {
    /// It shuts down when the work is to stop.
    pub(crate) environment: Environment,
    pub(crate) status: StatusSender,
    pub(crate) lease: Lease,
    /// The checkpoint.
    pub(crate) position: Position,
    /// The lease was taken after this.
    pub(crate) since: Instant,
}

struct Sharing {
    divided: Arc<dyn Divided>,
    source: Source,
    status: StatusSender,
    slots: Vec<Slot>,
    workers: JoinSet<()>,
    /// The other processes that take parts, as of the last beat.
    others: Vec<Peer>,
    /// The log has come here at least.
    head: Position,
    beaten: Option<Instant>,
    looked: Instant,
}

/// Shares out what is divided; of the source it is only told when there may be something new.
pub(crate) fn prepare(
    divided: Arc<dyn Divided>,
    (source, requests): (Source, UnboundedSender<Request>),
) -> Running {
    let (status, watched) = StatusSender::new(divided.name());
    let slots: Vec<_> =
        divided.parts().iter().enumerate().map(|(index, name)| Slot::new(name, index)).collect();
    let parts = slots.iter().map(|slot| slot.watched.clone()).collect();
    let wanted = source.wanted();
    let (workers, looked) = (JoinSet::new(), Instant::now());
    let sharing = Sharing {
        divided,
        source,
        status,
        slots,
        workers,
        others: Vec::new(),
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

    /// Finds the parts, or makes them; `false` on shutdown. What no waiting mends, such as a newer version that is there, is for
    /// somebody to rebuild.
    async fn begin(&mut self) -> bool {
        loop {
            let store = Arc::clone(&self.source.environment().store);
            let woken = match self.divided.begin(&store).await {
                Ok(()) => return true,
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

    /// Says that the store has failed, of the whole and of the parts it is not known of, and waits.
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

    /// Waits for something to do, no longer than the leases can wait, and clears up after workers that have ended.
    async fn wait(&mut self) -> Woken {
        let beaten = self.beaten.map_or(Duration::ZERO, |beaten| beaten.elapsed());
        let next_beat = tokio::time::sleep(self.third_of_lease().saturating_sub(beaten));
        tokio::pin!(next_beat);
        loop {
            tokio::select! {
                biased;
                Some(ended) = self.workers.join_next_with_id() => self.ended(ended).await,
                woken = self.source.wait() => return woken,
                () = &mut next_beat => return Woken::Look,
            }
        }
    }

    fn third_of_lease(&self) -> Duration {
        self.source.environment().settings.lease / 3
    }
}
