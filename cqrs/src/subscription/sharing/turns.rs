//! A turn: keeping what one has, taking what one is to have, giving up what others are to have.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    super::{is_passing, refuse_beyond_head},
    Lease, PartitionStore, PartitionView, Peer, Sharing, StoreError,
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
        if free.iter().any(|index| self.lacks(self.slots[*index].version) == 0) {
            // Somebody may have left.
            self.beat(store).await?;
        }
        self.give_up_surplus();
        while let Some(index) = free.pop() {
            let since = Instant::now();
            if self.lacks(self.slots[index].version) > 0
                && let Some((lease, position)) =
                    store.take(divided.parts()[index], environment.owner, lease).await?
            {
                let taken = (lease, position, since);
                self.slots[index].start(&divided, &environment, taken, &mut self.workers);
            }
        }
        Ok(())
    }

    /// Says that this process is there, keeps what it has, and learns of the others.
    async fn beat(&mut self, store: &dyn PartitionStore) -> Result<(), StoreError> {
        let lease = self.source.environment().settings.lease;
        self.others = store.beat(self.divided.name(), self.process(), lease).await?;
        self.renew(store).await?;
        self.beaten = Some(Instant::now());
        Ok(())
    }

    /// What this process is to the others.
    fn process(&self) -> Peer {
        Peer { owner: self.source.environment().owner, knows: self.divided.knows().unwrap_or_default() }
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
                continue;
            }
            let process = self.process();
            let slot = &mut self.slots[index];
            slot.version = self.divided.knows().map_or(0, |_| view.version);
            if slot.compare(&view, process) && view.free {
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

    /// How many parts of a version this process has and is to keep.
    fn kept(&self, version: u32) -> usize {
        self.slots.iter().filter(|slot| slot.is_kept() && slot.version == version).count()
    }

    /// How many parts of a version this process is to have.
    fn share(&self, version: u32) -> usize {
        let parts = self.slots.iter().filter(|slot| slot.version == version).count();
        fair_share((parts, version), self.process(), &self.others)
    }

    /// How many more of them it is to have.
    fn lacks(&self, version: u32) -> usize {
        self.share(version).saturating_sub(self.kept(version))
    }

    fn give_up_surplus(&mut self) {
        let versions: BTreeSet<u32> = self.slots.iter().map(|slot| slot.version).collect();
        for version in versions {
            let surplus = self.kept(version).saturating_sub(self.share(version));
            let kept = self.slots.iter_mut().rev().filter(|slot| slot.is_kept() && slot.version == version);
            kept.take(surplus).for_each(Slot::stop);
        }
    }
}
