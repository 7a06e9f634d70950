//! Checkpoints, an entry for each subscription.
//!
//! Invariant: an entry changes by compare-and-set, and carries position, epoch and lease together; so a checkpoint moves
//! only from where its mover believes it to be and under the present epoch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    message::{Position, StreamId},
    store::{LetterChange, Settlement, StoreError, Subscription, SubscriptionStart},
};

use super::{holder::Holder, store::Shared, subject};

/// A subscription as it is kept.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) position: Position,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) done_above: Vec<Position>,
    pub(super) started_at: Position,
    pub(super) epoch: u64,
    /// Who has the lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) holder: Option<Holder>,
    /// Its name from now on: what is here is the other's, and nobody moves it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) renamed_to: Option<String>,
}

impl Kept {
    fn new(start: &SubscriptionStart, position: Position) -> Self {
        let (name, version) = (start.name.to_owned(), start.version);
        let done_above = Vec::new();
        Self {
            name,
            version,
            position,
            done_above,
            started_at: position,
            epoch: 0,
            holder: None,
            renamed_to: None,
        }
    }

    pub(super) fn into_subscription(self) -> Subscription {
        let Self { name, version, position, done_above, started_at, epoch, .. } = self;
        Subscription { name, version, position, done_above, started_at, epoch }
    }
}

/// The key of a subscription's entry.
pub(super) fn key(name: &str) -> String {
    format!("{CHECKPOINTS}.{}", subject::token(name))
}

pub(super) const CHECKPOINTS: &str = "checkpoints";
const START: &str = "start a subscription";
const ADVANCE: &str = "move a checkpoint";

impl Shared {
    /// The subscription and the revision of its entry, if it is known under this name.
    pub(super) async fn subscription(
        &self,
        operation: &'static str,
        name: &str,
    ) -> Result<Option<(Kept, u64)>, StoreError> {
        let entry = self.subscriptions.get::<Kept>(operation, &key(name)).await?;
        let kept = entry.value.filter(|kept| kept.renamed_to.is_none());
        Ok(kept.map(|kept| (kept, entry.revision)))
    }

    pub(super) async fn subscribe(&self, start: &SubscriptionStart) -> Result<Subscription, StoreError> {
        loop {
            let entry = self.subscriptions.get::<Kept>(START, &key(start.name)).await?;
            let known = entry.value.filter(|kept| kept.renamed_to.is_none());
            // Also where it is known: whoever began to rename it may not have come to the end.
            let renamed = self.aliases(start, known.is_none()).await?;
            if let Some(known) = known {
                return Ok(known.into_subscription());
            }
            let new = match renamed {
                Some(renamed) => renamed,
                None => Kept::new(start, self.first_position(start).await?),
            };
            let put = self.subscriptions.put(START, &key(start.name), &new, entry.revision).await?;
            if put.is_some() && start.aliases.is_empty() {
                return Ok(new.into_subscription());
            }
        }
    }

    async fn first_position(&self, start: &SubscriptionStart) -> Result<Position, StoreError> {
        match start.position {
            Some(position) => Ok(position),
            None => self.head().await,
        }
    }

    /// Renaming has three steps, each of which can be repeated: the entry of the former name is marked, so that nobody
    /// moves it any more; the entry of the new name is made from it; the dead letters move and the former entry goes.
    /// This is the first step if the new name is not known yet, and the third if it is.
    async fn aliases(&self, start: &SubscriptionStart, mark: bool) -> Result<Option<Kept>, StoreError> {
        for alias in start.aliases {
            loop {
                let entry = self.subscriptions.get::<Kept>(START, &key(alias)).await?;
                let Some(found) = entry.value else { break };
                let marked = found.renamed_to.as_deref() == Some(start.name);
                if marked && mark {
                    return Ok(Some(Kept { name: start.name.into(), renamed_to: None, ..found }));
                }
                if marked {
                    self.rename_letters(alias, start.name).await?;
                    self.subscriptions.remove(START, &key(alias), entry.revision).await?;
                    break;
                }
                if found.renamed_to.is_some() || !mark {
                    break;
                }
                let found = Kept { renamed_to: Some(start.name.into()), ..found };
                self.subscriptions.put(START, &key(alias), &found, entry.revision).await?;
            }
        }
        Ok(None)
    }

    /// Keeps letters before the checkpoint moves, and empties streams of them afterwards: a crash in between leaves a letter too
    /// many, never one too few. The letters of one stream change together.
    ///
    /// The race that remains: an owner that loses its lease between the look at the epoch and the letters leaves letters of
    /// events that another handles, too. What it writes about them is true, and the next owner reads it. Rows of processes are kept
    /// before the checkpoint moves, too; there no race remains, since of two the one of the higher version is true.
    pub(super) async fn settle(&self, settlement: &Settlement) -> Result<bool, StoreError> {
        let mut streams: BTreeMap<&StreamId, Vec<&LetterChange>> = BTreeMap::new();
        for change in &settlement.letters {
            streams.entry(&change.key().stream).or_default().push(change);
        }
        let keeps = |changes: &Vec<&LetterChange>| {
            changes.iter().any(|change| matches!(change, LetterChange::Keep(_)))
        };
        let (keeping, emptying): (Vec<_>, Vec<_>) = streams.into_values().partition(keeps);
        let keeps = !keeping.is_empty() || !settlement.processes.is_empty();
        if keeps && !self.may_settle(settlement).await? {
            return Ok(false);
        }
        for changes in keeping {
            self.change_letters(&changes).await?;
        }
        self.keep_processes(&settlement.processes).await?;
        if !self.advance(settlement).await? {
            return Ok(false);
        }
        for changes in emptying {
            self.change_letters(&changes).await?;
        }
        Ok(true)
    }

    async fn may_settle(&self, settlement: &Settlement) -> Result<bool, StoreError> {
        let kept = self.subscription(ADVANCE, &settlement.name).await?;
        Ok(kept.is_some_and(|(kept, _)| kept.position == settlement.from && kept.epoch == settlement.epoch))
    }

    async fn advance(&self, settlement: &Settlement) -> Result<bool, StoreError> {
        let Settlement { name, epoch, from, to, done_above, .. } = settlement;
        while let Some((kept, revision)) = self.subscription(ADVANCE, name).await? {
            if kept.position != *from || kept.epoch != *epoch {
                return Ok(false);
            }
            let moved = Kept { position: *to, done_above: done_above.clone(), ..kept };
            if let Some(revision) = self.subscriptions.put(ADVANCE, &key(name), &moved, revision).await? {
                self.observed.saw(name, revision);
                return Ok(true);
            }
        }
        Ok(false)
    }
}
