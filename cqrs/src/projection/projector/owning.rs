//! Working on a partition: for as long as one owns it.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use tracing::debug;

use crate::{
    message::Position,
    projection::ApplyError,
    store::Lease,
    subscription::{Environment, Request, StatusSender, Woken},
};

use super::{InDatabase, Pause, Projector};

/// How old the stored checkpoint of a partition gets while others may wait for it.
const TELL_EVERY: Duration = Duration::from_millis(100);

impl Projector {
    /// One for the partition of this index.
    pub(in crate::projection) fn for_partition<P: InDatabase>(
        environment: &Environment,
        index: usize,
        status: StatusSender,
    ) -> (Self, UnboundedSender<Request>) {
        let (projector, requests) = Self::new::<P>(environment, P::PARTITIONS[index], status);
        (Self { partition: Some(index), ..projector }, requests)
    }

    /// Works on the partition until whoever shares out the partitions says to stop, or until it is lost.
    pub(in crate::projection) async fn own<P: InDatabase>(mut self, lease: Lease, position: Position) {
        (self.stored, self.done, self.epoch) = (position, position, lease.epoch);
        self.status.restart(position);
        let mut pause = self.catch_up::<P>().await;
        while pause != Pause::Lost {
            match self.source.wait().await {
                Woken::ShutDown => break,
                Woken::Look | Woken::Asked(_) if pause == Pause::Stopped => {}
                Woken::Look | Woken::Asked(_) => pause = self.catch_up::<P>().await,
            }
        }
        // How far one has come that was lost, its new owner tells.
        if pause != Pause::Lost && self.done > self.stored {
            let told = self.tell().await;
            debug!(partition = self.label, told = told.is_ok(), "partition given back");
        }
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
