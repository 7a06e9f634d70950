//! A turn: keeping what one has, taking what one is to have, giving up what others are to have.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    super::{is_passing, refuse_beyond_head},
    Lease, PartitionStore, PartitionView, Sharing, StoreError,
    share::fair_share,
    slot::Slot,
};

/// How often the parts of others are looked at: for who waits for them, and for those that become free.
const LOOK_EVERY: Duration = Duration::from_millis(100);

impl Sharing {
    pub(super) async fn turn(&mut self) -> Result<(), StoreError> {
        let environment = self.source.environment().clone();
        let divided = Arc::clone(&self.divided);
        let store = divided.store(&environment.store)?;
        let lease = environment.settings.lease;
        if self.beaten.is_none_or(|beaten| beaten.elapsed() >= lease / 3) {
            self.beat(store).await?;
        } else if self.looked.elapsed() < LOOK_EVERY {
            return Ok(());
        }
        self.looked = Instant::now();
        let mut free = self.survey(store, divided.parts()).await?;
        if !free.is_empty() && self.kept() >= self.share {
            // Somebody may have left.
            self.beat(store).await?;
        }
        self.give_up_surplus();
        while self.kept() < self.share
            && let Some(index) = free.pop()
        {
            let since = Instant::now();
            if let Some((lease, position)) =
                store.take(divided.parts()[index], environment.owner, lease).await?
            {
                let taken = (lease, position, since);
                self.slots[index].start(&divided, &environment, taken, &mut self.workers);
            }
        }
        Ok(())
    }

    /// Says that this process is there, keeps what it has, and learns how many parts it is to have.
    async fn beat(&mut self, store: &dyn PartitionStore) -> Result<(), StoreError> {
        let environment = self.source.environment();
        let (owner, lease) = (environment.owner, environment.settings.lease);
        let others = store.beat(self.divided.name(), owner, lease).await?;
        self.renew(store).await?;
        self.share = fair_share(self.slots.len(), owner, &others);
        self.beaten = Some(Instant::now());
        Ok(())
    }

    /// Keeps what this process has, also where it finishes what is under way.
    pub(super) async fn renew(&self, store: &dyn PartitionStore) -> Result<(), StoreError> {
        let leases: Vec<Lease> = self.slots.iter().filter_map(Slot::lease).cloned().collect();
        self.divided.renew(store, &leases, self.source.environment().settings.lease).await
    }

    /// Looks at all parts: says how far those of others have come, stops work on what was lost, and gives the
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

    /// How many parts this process has and is to keep.
    fn kept(&self) -> usize {
        self.slots.iter().filter(|slot| slot.is_kept()).count()
    }

    fn give_up_surplus(&mut self) {
        let surplus = self.kept().saturating_sub(self.share);
        self.slots.iter_mut().rev().filter(|slot| slot.is_kept()).take(surplus).for_each(Slot::stop);
    }
}
