//! The dead letters of a group, as anybody may list, retry and remove them.

use futures_util::future::try_join_all;
use uuid::Uuid;

use crate::{
    bus::{BusError, DeadLetter, wire},
    store::StoreError,
};

use super::{
    entry::Entry,
    group::Group,
    layout::{Kind, Layout, failed, group_key},
    letters::Letter,
    partition::Partition,
};

const LOOK: &str = "read dead letters";
const CHANGE: &str = "change dead letters";

impl Layout {
    pub(super) async fn dead_letters(&self, group: &str, limit: usize) -> Result<Vec<DeadLetter>, BusError> {
        let partitions = self.partitions_of(group).await?;
        let mut letters: Vec<_> = partitions.iter().flat_map(|partition| partition.letters.iter()).collect();
        letters.sort_by_key(|letter| letter.sequence);
        letters.truncate(limit);
        let found = try_join_all(letters.iter().map(|letter| self.dead_letter(letter))).await;
        // One that was removed meanwhile is none any more.
        Ok(found.map_err(|error| failed(LOOK, error))?.into_iter().flatten().collect())
    }

    async fn dead_letter(&self, letter: &Letter) -> Result<Option<DeadLetter>, StoreError> {
        let Some((message, header)) = self.carried(LOOK, &letter.carried()).await? else { return Ok(None) };
        Ok(Some(wire::dead_letter(header.as_deref(), message)))
    }

    pub(super) async fn retry_dead_letter(&self, group: &str, id: Uuid) -> Result<bool, BusError> {
        let Some((partition, letter)) = self.find(group, id).await? else { return Ok(false) };
        if letter.parks {
            let found = self.change(partition, group, |entry| {
                entry.retry(id);
                // It may be the one that is tried now.
                Some(())
            });
            return Ok(found.await?.is_some());
        }
        // It goes behind what waits: published first, so that it cannot be lost in between.
        let carried = self.dead_letter(&letter).await.map_err(|error| failed(CHANGE, error))?;
        let Some(DeadLetter { message, .. }) = carried else { return Ok(false) };
        self.publish_one(&message.retried_for(group)).await?;
        self.remove_dead_letter(group, id).await
    }

    pub(super) async fn remove_dead_letter(&self, group: &str, id: Uuid) -> Result<bool, BusError> {
        let Some((partition, _)) = self.find(group, id).await? else { return Ok(false) };
        let Some(carried) = self.change(partition, group, |entry| entry.remove(id)).await? else {
            return Ok(false);
        };
        self.forget(carried).await;
        Ok(true)
    }

    /// A dead letter, and the partition it is in.
    async fn find(&self, group: &str, id: Uuid) -> Result<Option<(usize, Letter)>, BusError> {
        let partitions = self.partitions_of(group).await?;
        let mut found = (0..).zip(&partitions);
        Ok(found.find_map(|(number, partition)| Some((number, partition.letter(id)?.clone()))))
    }

    async fn partitions_of(&self, group: &str) -> Result<Vec<Partition>, BusError> {
        self.check_group(group).await?;
        let partitions = try_join_all((0..self.partitions).map(async |number| {
            let entry = self.read_entry(LOOK, (group, number), &Entry::default()).await?;
            Ok::<_, StoreError>(entry.partition.unwrap_or_default())
        }));
        partitions.await.map_err(|error| failed(LOOK, error))
    }

    async fn check_group(&self, group: &str) -> Result<(), BusError> {
        let known = self.allows(group)
            && (self.kind == Kind::Commands || {
                let entry = self.entries.get::<Group>(LOOK, &group_key(group)).await;
                entry.map_err(|error| failed(LOOK, error))?.value.is_some()
            });
        if known { Ok(()) } else { Err(BusError::UnknownGroup { group: group.to_owned() }) }
    }

    /// Changes an entry, whoever owns the partition, and tells its owner. `None`, and nothing is changed, if the change
    /// says so.
    async fn change<T>(
        &self,
        partition: usize,
        group: &str,
        change: impl Fn(&mut Partition) -> Option<T>,
    ) -> Result<Option<T>, BusError> {
        let mut entry = Entry::default();
        loop {
            let found = self.read_entry(CHANGE, (group, partition), &entry).await;
            entry = found.map_err(|error| failed(CHANGE, error))?;
            let mut changed = entry.partition.clone().unwrap_or_default();
            let Some(outcome) = change(&mut changed) else { return Ok(None) };
            let written = self.write_entry(CHANGE, (group, partition), &mut entry, changed).await;
            if written.map_err(|error| failed(CHANGE, error))? {
                self.signal_all(group).await;
                return Ok(Some(outcome));
            }
        }
    }

    /// Tells the members of a group that something has changed. It only saves them time.
    pub(super) async fn signal_all(&self, group: &str) {
        if let Err(error) = self.entries.client().publish(self.signal(group), "".into()).await {
            tracing::debug!(%error, group, "members of a group were not told of a change");
        }
    }
}
