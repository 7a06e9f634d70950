//! Removing what nobody needs any more.
//!
//! Invariant: a message is removed only once every group has settled it or keeps a copy of it as a dead letter. A group
//! that is made meanwhile begins after what was there before, so it misses nothing.

use crate::store::StoreError;

use super::{
    entry::Stored,
    group::Group,
    layout::{GROUPS, Kind, Layout, partition_part},
    letters::Carried,
};

const CLEAR: &str = "remove settled messages";

impl Layout {
    /// Removes the messages of a partition that no group needs; one of them needs none up to `floor`.
    pub(super) async fn clear(&self, partition: usize, floor: u64) -> Result<(), StoreError> {
        let needed = match self.kind {
            Kind::Commands => floor,
            Kind::Events => self.least_floor(partition).await?.min(floor),
        };
        if needed == 0 {
            return Ok(());
        }
        self.messages.purge(CLEAR, &self.subject(partition), needed).await
    }

    /// A group that has not come to a partition needs everything since it was made.
    async fn least_floor(&self, partition: usize) -> Result<u64, StoreError> {
        let groups = self.entries.list::<Group>(CLEAR, GROUPS).await?;
        let begun = self.entries.list::<Stored>(CLEAR, &partition_part(partition)).await?;
        let floors = begun.iter().map(Stored::floor);
        let since = groups.iter().map(|group| group.since).filter(|_| begun.len() < groups.len());
        Ok(floors.chain(since).min().unwrap_or_default())
    }

    /// Removes what a dead letter carried.
    pub(super) async fn forget(&self, carried: Carried) {
        self.forget_all(std::iter::once(carried.copy).chain(carried.parts)).await;
    }

    /// Removes what is beside the entries. If that fails it stays, and harms nobody.
    pub(super) async fn forget_all(&self, messages: impl IntoIterator<Item = u64>) {
        for message in messages {
            if let Err(error) = self.letters.remove(CLEAR, message).await {
                tracing::debug!(%error, message, "what belonged to a dead letter stays on the server");
            }
        }
    }
}
