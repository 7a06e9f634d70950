//! Having the partitions that are one's own, and no others.

use std::sync::Arc;

use crate::{
    bus::nats::{entry::Entry, group::Group, owned::Owned, partition::Partition},
    store::StoreError,
};

use super::Member;

impl Member {
    /// Takes the partitions that it should have, and gives up the others once nothing of them is out.
    pub(super) async fn balance(&mut self, group: &Group) -> Result<(), StoreError> {
        let share = group.share_of(self.id, self.layout.partitions);
        let (mut kept, mut given_up) = (Vec::new(), false);
        for owned in self.desk.owned() {
            if owned.is_lost() {
                continue;
            }
            // One that began to be given up hands nothing out any more, even if it is to stay: then it is taken anew.
            let leaves = owned.is_ending() || !share.contains(&owned.number);
            if leaves && owned.drain() {
                owned.give_up().await;
                given_up = true;
            } else {
                kept.push(owned);
            }
        }
        let mut complete = true;
        for number in share {
            if let Some(owned) = kept.iter().find(|owned| owned.number == number) {
                complete &= !owned.is_ending();
                continue;
            }
            match self.take(number, group).await? {
                Some(owned) => kept.push(owned),
                None => complete = false,
            }
        }
        self.desk.set(kept, complete);
        if given_up {
            self.signal().await;
        }
        Ok(())
    }

    /// Takes a partition, if nobody has it who is a member.
    async fn take(&self, number: usize, group: &Group) -> Result<Option<Arc<Owned>>, StoreError> {
        const TAKE: &str = "take a partition";
        let at = (self.group.as_str(), number);
        let mut entry = self.layout.read_entry(TAKE, at, &Entry::default()).await?;
        let mut partition = entry.partition.clone().unwrap_or_else(|| Partition::after(group.since));
        let others = partition.owner.filter(|owner| *owner != self.id);
        if others.is_some_and(|owner| group.members.contains_key(&owner)) {
            return Ok(None);
        }
        partition.take_over(self.id);
        if !self.layout.write_entry(TAKE, at, &mut entry, partition).await? {
            return Ok(None);
        }
        let (layout, place) = (Arc::clone(&self.layout), (self.group.clone(), number));
        let signs = (Arc::clone(&self.desk.arrived), Arc::clone(&self.heard));
        let owned = Arc::new(Owned::new(layout, place, self.id, entry, signs));
        tokio::spawn(Arc::clone(&owned).feed(self.feed.clone()));
        Ok(Some(owned))
    }

    /// Removes from the server what every group has settled.
    pub(super) async fn clear(&mut self) -> Result<(), StoreError> {
        for owned in self.desk.owned() {
            let floor = owned.floor();
            if self.cleared.get(&owned.number).is_none_or(|cleared| *cleared < floor) {
                self.layout.clear(owned.number, floor).await?;
                self.cleared.insert(owned.number, floor);
            }
        }
        Ok(())
    }
}
