//! A turn: keeping what one has, taking what one is to have, giving up what others are to have.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    projection::InDatabase,
    store::{PartitionStore, PartitionView, Store, StoreError},
    subscription::{is_passing, refuse_beyond_head},
};

use super::{Sharing, share::fair_share, slot::Slot};

/// How often the partitions of others are looked at: for who waits for them, and for those that become free.
const LOOK_EVERY: Duration = Duration::from_millis(100);

impl Sharing {
    pub(super) async fn turn(&mut self) -> Result<(), StoreError> {
        let environment = self.source.environment().clone();
        let projection = Arc::clone(&self.projection);
        let store = partitions(&*projection, &environment.store)?;
        let lease = environment.settings.lease;
        if self.beaten.is_none_or(|beaten| beaten.elapsed() >= lease / 3) {
            self.beat(store).await?;
        } else if self.looked.elapsed() < LOOK_EVERY {
            return Ok(());
        }
        self.looked = Instant::now();
        let mut free = self.survey(store, projection.facts().partitions).await?;
        if !free.is_empty() && self.owned().len() >= self.share {
            // Somebody may have left.
            self.beat(store).await?;
        }
        self.give_up_surplus();
        while self.owned().len() < self.share
            && let Some(index) = free.pop()
        {
            if let Some((lease, position)) =
                store.take(self.projection.facts().partitions[index], environment.owner, lease).await?
            {
                self.slots[index].start(&projection, &environment, lease, position, &mut self.workers);
            }
        }
        Ok(())
    }

    /// Says that this process is there, keeps what it has, and learns how many partitions it is to have.
    async fn beat(&mut self, store: &dyn PartitionStore) -> Result<(), StoreError> {
        let environment = self.source.environment();
        let (owner, lease) = (environment.owner, environment.settings.lease);
        let others = store.beat(self.projection.facts().name, owner, lease).await?;
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
            if let Err(error) = self.refuse_beyond_head(&view).await {
                if is_passing(&error) {
                    return Err(error);
                }
                // Whoever owns it finds out when the checkpoint does not move.
                self.slots[index].has_stopped(&error);
            } else if self.slots[index].compare(&view, self.source.environment().owner) && view.free {
                free.push(index);
            }
        }
        Ok(free)
    }

    /// Refuses a checkpoint where the log has never been. The store is asked for the first beyond those seen before.
    async fn refuse_beyond_head(&mut self, view: &PartitionView) -> Result<(), StoreError> {
        if view.position > self.head {
            refuse_beyond_head(&*self.source.environment().store, &view.name, view.position).await?;
            self.head = view.position;
        }
        Ok(())
    }

    fn owned(&self) -> Vec<&'static str> {
        self.slots.iter().filter(|slot| slot.is_kept()).map(|slot| slot.name).collect()
    }

    fn give_up_surplus(&mut self) {
        let surplus = self.owned().len().saturating_sub(self.share);
        self.slots.iter_mut().rev().filter(|slot| slot.is_kept()).take(surplus).for_each(Slot::stop);
    }
}

/// The store, as one that shares projections.
pub(super) fn partitions<'a>(
    projection: &dyn InDatabase,
    store: &'a Arc<dyn Store>,
) -> Result<&'a dyn PartitionStore, StoreError> {
    projection.partitions(store).ok_or(StoreError::Unsupported("divide a projection into partitions"))
}
