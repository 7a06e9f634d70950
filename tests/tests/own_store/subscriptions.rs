//! Checkpoints, leases and dead letters.

use std::{collections::BTreeMap, time::Duration};

use cqrs::{
    StreamId, Timestamp, Uuid,
    store::{
        BoxFuture, DeadLetter, DeadLetterKey, KeptSubscription, Lease, ParkedStream, ProcessCounts,
        ProcessQuery, ProcessRow, Settlement, StoreError, Subscription, SubscriptionStart, SubscriptionStore,
    },
};

use crate::{
    entry::{Content, Entry},
    store::FileStore,
};

/// What beginning a subscription changes: all of it if it goes by a former name, nothing if it is there.
fn begin(content: &Content, start: &SubscriptionStart) -> (Vec<Entry>, KeptSubscription) {
    if let Some(kept) = content.subscriptions.get(start.name) {
        return (Vec::new(), kept.clone());
    }
    let former = start.aliases.iter().find_map(|alias| content.subscriptions.get(*alias));
    let Some(mut kept) = former.cloned() else {
        let kept = KeptSubscription::new(start, content.head());
        return (vec![Entry::Subscription(kept.clone())], kept);
    };
    let former = std::mem::replace(&mut kept.subscription.name, start.name.to_owned());
    let mut entries = Vec::new();
    for ((handler, stream), parked) in &content.parked {
        if *handler == former {
            let mut renamed = parked.clone();
            renamed.rename(start.name);
            entries.push(Entry::Parked(start.name.to_owned(), stream.clone(), renamed));
            entries.push(Entry::Parked(former.clone(), stream.clone(), ParkedStream::default()));
        }
    }
    entries.extend([Entry::Renamed(former), Entry::Subscription(kept.clone())]);
    (entries, kept)
}

impl FileStore {
    /// Changes a subscription, if there is one.
    fn change<T>(
        &self,
        name: &str,
        change: impl FnOnce(&mut KeptSubscription) -> T,
    ) -> Result<Option<T>, StoreError> {
        let mut journal = self.open()?;
        let Some(mut kept) = journal.content.subscriptions.get(name).cloned() else { return Ok(None) };
        let outcome = change(&mut kept);
        journal.commit(vec![Entry::Subscription(kept)])?;
        Ok(Some(outcome))
    }

    fn change_letters<T>(
        &self,
        (handler, stream): (String, StreamId),
        change: impl FnOnce(&mut ParkedStream) -> T,
    ) -> Result<T, StoreError> {
        let mut journal = self.open()?;
        let place = (handler, stream);
        let mut parked = journal.content.parked.get(&place).cloned().unwrap_or_default();
        let outcome = change(&mut parked);
        journal.commit(vec![Entry::Parked(place.0, place.1, parked)])?;
        Ok(outcome)
    }
}

fn place(key: &DeadLetterKey) -> (String, StreamId) {
    (key.handler.clone(), key.stream.clone())
}

impl SubscriptionStore for FileStore {
    fn subscribe(&self, start: SubscriptionStart) -> BoxFuture<'_, Result<Subscription, StoreError>> {
        Box::pin(async move {
            let mut journal = self.open()?;
            let (entries, kept) = begin(&journal.content, &start);
            journal.commit(entries)?;
            Ok(kept.subscription)
        })
    }

    fn subscription<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Subscription>, StoreError>> {
        Box::pin(async move {
            let journal = self.open()?;
            Ok(journal.content.subscriptions.get(name).map(|kept| kept.subscription.clone()))
        })
    }

    fn subscriptions(&self) -> BoxFuture<'_, Result<Vec<Subscription>, StoreError>> {
        Box::pin(async move {
            let journal = self.open()?;
            Ok(journal.content.subscriptions.values().map(|kept| kept.subscription.clone()).collect())
        })
    }

    fn settle<'a>(&'a self, settlement: &'a Settlement) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let mut journal = self.open()?;
            let kept = journal.content.subscriptions.get(&settlement.name).cloned();
            let Some(mut kept) = kept else { return Ok(false) };
            if !kept.settle(settlement) {
                return Ok(false);
            }
            let mut parked = BTreeMap::new();
            for change in &settlement.letters {
                let place = place(change.key());
                let present = || journal.content.parked.get(&place).cloned().unwrap_or_default();
                parked.entry(place.clone()).or_insert_with(present).change(change);
            }
            let parked =
                parked.into_iter().map(|((handler, stream), parked)| Entry::Parked(handler, stream, parked));
            let processes = settlement.processes.iter().cloned().map(Entry::Process);
            journal.commit(parked.chain(processes).chain([Entry::Subscription(kept)]).collect())?;
            Ok(true)
        })
    }

    fn process_page<'a>(
        &'a self,
        query: &'a ProcessQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<ProcessRow>, StoreError>> {
        Box::pin(async move { Ok(self.open()?.content.processes.page(query, limit)) })
    }

    fn count_processes<'a>(&'a self, category: &'a str) -> BoxFuture<'a, Result<ProcessCounts, StoreError>> {
        Box::pin(async move { Ok(self.open()?.content.processes.counts(category)) })
    }

    fn acquire_lease<'a>(
        &'a self,
        name: &'a str,
        owner: Uuid,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Option<Lease>, StoreError>> {
        Box::pin(async move {
            let taken = self.change(name, |kept| kept.acquire_lease(owner, Timestamp::now(), duration))?;
            Ok(taken.flatten())
        })
    }

    fn renew_lease<'a>(
        &'a self,
        lease: &'a Lease,
        duration: Duration,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let kept =
                self.change(&lease.name, |kept| kept.renew_lease(lease, Timestamp::now(), duration))?;
            Ok(kept.unwrap_or_default())
        })
    }

    fn release_lease<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { self.change(&lease.name, |kept| kept.release_lease(lease)).map(drop) })
    }

    fn park(&self, letter: DeadLetter) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { self.change_letters(place(&letter.key), |parked| parked.park(letter)) })
    }

    fn dead_letters<'a>(&'a self, handler: &'a str) -> BoxFuture<'a, Result<Vec<DeadLetter>, StoreError>> {
        Box::pin(async move {
            let journal = self.open()?;
            let parked = journal.content.parked.iter().filter(|(place, _)| place.0 == handler);
            Ok(parked.flat_map(|(_, parked)| parked.letters()).cloned().collect())
        })
    }

    fn retry_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { self.change_letters(place(key), |parked| parked.retry(key.position)) })
    }

    fn remove_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { self.change_letters(place(key), |parked| parked.remove(key.position)) })
    }
}
