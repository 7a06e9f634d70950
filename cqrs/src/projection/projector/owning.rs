//! Working on a partition: for as long as one owns it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::mpsc::UnboundedSender;
use tracing::debug;

use crate::{
    message::Position,
    projection::ApplyError,
    store::Lease,
    subscription::{Environment, Request, State, StatusSender, Woken, is_passing, refuse_beyond_head},
};

use super::{InDatabase, Pause, Projector};

/// How old the stored checkpoint of a partition gets while others may wait for it.
const TELL_EVERY: Duration = Duration::from_millis(100);

impl Projector {
    /// One for the partition of this index.
    pub(in crate::projection) fn for_partition(
        projection: Arc<dyn InDatabase>,
        environment: &Environment,
        index: usize,
        status: StatusSender,
    ) -> (Self, UnboundedSender<Request>) {
        let name = projection.facts().partitions[index];
        let (projector, requests) = Self::new(projection, environment, name, status);
        (Self { partition: Some(index), ..projector }, requests)
    }

    /// Works on the partition until whoever shares out the partitions says to stop, or until it is lost.
    pub(in crate::projection) async fn own(mut self, lease: Lease, position: Position) {
        (self.stored, self.done, self.epoch) = (position, position, lease.epoch);
        let mut pause = self.begin_owning().await;
        let mut told = false;
        while pause != Pause::Lost {
            if pause == Pause::Stopped && !told {
                told = self.tell_stop(&lease).await;
            }
            match self.source.wait().await {
                Woken::ShutDown => break,
                Woken::Look | Woken::Asked(_) if pause == Pause::Stopped => {}
                Woken::Look | Woken::Asked(_) => pause = self.catch_up().await,
            }
        }
        // How far one has come that was lost, its new owner tells.
        if pause != Pause::Lost && self.done > self.stored {
            let told = self.tell().await;
            debug!(partition = self.label, told = told.is_ok(), "partition given back");
        }
    }

    /// Begins where the checkpoint of the partition is, unless the log has never been there.
    async fn begin_owning(&mut self) -> Pause {
        match refuse_beyond_head(&*self.store(), &self.name, self.stored).await {
            Err(error) if !is_passing(&error) => {
                self.status.stopped(&error);
                Pause::Stopped
            }
            // What passes meets whoever reads, too.
            _ => {
                self.status.restart(self.stored);
                self.catch_up().await
            }
        }
    }

    /// Tells those who wait for the partition in other processes that it has stopped, and why; says whether that is done.
    async fn tell_stop(&self, lease: &Lease) -> bool {
        let (State::Stopped(error), store) = (self.status.state(), self.store()) else { return true };
        let Some(partitions) = self.projection.partitions(&store) else { return true };
        let told = partitions.stopped(lease, &error).await;
        if let Err(error) = &told {
            debug!(partition = self.label, %error, "others do not know yet that the partition has stopped");
        }
        told.is_ok()
    }

    /// Whether this is a partition that somebody else owns now.
    pub(super) async fn is_lost(&self) -> bool {
        if self.partition.is_none() {
            return false;
        }
        let found = self.store().subscription(&self.name).await;
        found.is_ok_and(|found| found.is_none_or(|found| found.epoch != self.epoch))
    }

    /// Without events of its own, stores now and then how far a partition has come: others may wait for it.
    pub(super) async fn tell_in_time(&mut self) -> Result<(), ApplyError> {
        let is_due = self.partition.is_some() && self.done > self.stored;
        if is_due && self.told.elapsed() >= TELL_EVERY { self.tell().await } else { Ok(()) }
    }

    async fn tell(&mut self) -> Result<(), ApplyError> {
        self.told = Instant::now();
        if !self.store().advance(&self.name, self.epoch, self.stored, self.done).await? {
            return Err(ApplyError::Moved(self.stored));
        }
        self.stored = self.done;
        Ok(())
    }
}
