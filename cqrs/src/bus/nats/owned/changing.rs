//! Changing the entry of a partition, as its owner.

use crate::{
    bus::{
        nats::{entry::Entry, partition::Partition},
        reconnect::Backoff,
    },
    error_chain::chain,
    store::StoreError,
};

use super::{Owned, hands::Lost};

const CHANGE: &str = "change a partition's entry";

impl Owned {
    /// Changes the entry, as often as it takes. The change may be made more than once to what it has made already.
    pub(in crate::bus::nats) async fn change<T>(
        &self,
        change: impl Fn(&mut Partition) -> T,
    ) -> Result<T, Lost> {
        let mut entry = self.entry.lock().await;
        let mut backoff = Backoff::default();
        loop {
            match self.try_change(&mut entry, &change).await {
                Ok(Some(outcome)) => return outcome,
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(group = %self.group, partition = self.number, error = chain(&error),
                        "what was done with messages is not stored yet");
                    tokio::time::sleep(backoff.next_pause()).await;
                }
            }
        }
    }

    /// `None` if the entry had changed: then it was read again.
    async fn try_change<T>(
        &self,
        entry: &mut Entry,
        change: &impl Fn(&mut Partition) -> T,
    ) -> Result<Option<Result<T, Lost>>, StoreError> {
        let old = entry.partition.clone().unwrap_or_default();
        let mut new = old.clone();
        if new.owner != Some(self.member) {
            self.lose();
            return Ok(Some(Err(Lost)));
        }
        let outcome = change(&mut new);
        if new == old {
            return Ok(Some(Ok(outcome)));
        }
        let written = self.layout.write_entry(CHANGE, (&self.group, self.number), entry, new).await;
        if let Ok(true) = written {
            self.saw(entry);
            return Ok(Some(Ok(outcome)));
        }
        // Also after an error: the change may have been stored.
        self.read(entry).await?;
        written.map(|_| None)
    }

    async fn read(&self, entry: &mut Entry) -> Result<(), StoreError> {
        *entry = self.layout.read_entry(CHANGE, (&self.group, self.number), entry).await?;
        self.saw(entry);
        Ok(())
    }

    /// Looks whether somebody else has changed the entry.
    pub(in crate::bus::nats) async fn refresh(&self) -> Result<(), StoreError> {
        let mut entry = self.entry.lock().await;
        self.read(&mut entry).await?;
        if entry.partition.as_ref().and_then(|partition| partition.owner) != Some(self.member) {
            self.lose();
        }
        Ok(())
    }

    fn saw(&self, entry: &Entry) {
        let mut hands = self.hands();
        hands.seen = entry.partition.clone().unwrap_or_default();
        // What is taken by a change of one's own is put here after it.
        if hands.missing().iter().any(|taken| taken.released.is_some()) {
            self.changed.notify_one();
        }
    }
}
