//! Checkpoints, leases and dead letters.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use futures_util::future::{BoxFuture, FutureExt};
use uuid::Uuid;

use crate::{
    message::{Position, StreamId},
    store::{
        DeadLetter, DeadLetterKey, KeptProcesses, KeptSubscription, Lease, LeaseHolder, LeaseInSight,
        ParkedStream, ProcessCounts, ProcessQuery, ProcessRow, Settlement, StoreError, Subscription,
        SubscriptionStart, SubscriptionStore,
    },
};

use super::MemoryStore;

#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    by_name: HashMap<String, KeptSubscription>,
    /// By handler and stream.
    dead_letters: BTreeMap<(String, StreamId), ParkedStream>,
    processes: KeptProcesses,
}

impl Subscriptions {
    fn subscribe(&mut self, start: &SubscriptionStart, head: Position) -> Subscription {
        let known = std::iter::once(&start.name).chain(start.aliases);
        let kept = known.into_iter().find_map(|name| self.by_name.remove(*name));
        let mut kept = kept.unwrap_or_else(|| KeptSubscription::new(start, head));
        if kept.subscription.name != start.name {
            self.rename_dead_letters(&kept.subscription.name, start.name);
        }
        start.name.clone_into(&mut kept.subscription.name);
        let subscription = kept.subscription.clone();
        self.by_name.insert(start.name.to_owned(), kept);
        subscription
    }

    /// A handler under a new name keeps its dead letters.
    fn rename_dead_letters(&mut self, from: &str, to: &str) {
        let renamed: Vec<_> = self.dead_letters.extract_if(.., |place, _| place.0 == from).collect();
        for ((_, stream), mut letters) in renamed {
            letters.rename(to);
            self.dead_letters.insert((to.to_owned(), stream), letters);
        }
    }

    fn park(&mut self, letter: DeadLetter) {
        self.dead_letters.entry(place(&letter.key)).or_default().park(letter);
    }

    fn settle(&mut self, settlement: &Settlement) -> bool {
        let settled = self.by_name.get_mut(&settlement.name).is_some_and(|kept| kept.settle(settlement));
        if settled {
            for change in &settlement.letters {
                let place = place(change.key());
                let parked = self.dead_letters.entry(place.clone()).or_default();
                parked.change(change);
                if parked.is_empty() {
                    self.dead_letters.remove(&place);
                }
            }
            settlement.processes.iter().for_each(|row| self.processes.keep(row.clone()));
        }
        settled
    }

    fn letters(&mut self, key: &DeadLetterKey) -> Option<&mut ParkedStream> {
        self.dead_letters.get_mut(&place(key))
    }
}

fn place(key: &DeadLetterKey) -> (String, StreamId) {
    (key.handler.clone(), key.stream.clone())
}

impl SubscriptionStore for MemoryStore {
    fn subscribe(&self, start: SubscriptionStart) -> BoxFuture<'_, Result<Subscription, StoreError>> {
        async move {
            let mut content = self.open()?;
            let head = content.log.head();
            Ok(content.subscriptions.subscribe(&start, head))
        }
        .boxed()
    }

    fn subscription<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Subscription>, StoreError>> {
        async move { Ok(self.open()?.subscriptions.by_name.get(name).map(|kept| kept.subscription.clone())) }
            .boxed()
    }

    fn subscriptions(&self) -> BoxFuture<'_, Result<Vec<Subscription>, StoreError>> {
        async move {
            let content = self.open()?;
            let mut all: Vec<_> =
                content.subscriptions.by_name.values().map(|kept| kept.subscription.clone()).collect();
            all.sort_by(|one, other| one.name.cmp(&other.name));
            Ok(all)
        }
        .boxed()
    }

    fn settle<'a>(&'a self, settlement: &'a Settlement) -> BoxFuture<'a, Result<bool, StoreError>> {
        async move { Ok(self.open()?.subscriptions.settle(settlement)) }.boxed()
    }

    fn process_page<'a>(
        &'a self,
        query: &'a ProcessQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<ProcessRow>, StoreError>> {
        async move { Ok(self.open()?.subscriptions.processes.page(query, limit)) }.boxed()
    }

    fn count_processes<'a>(&'a self, category: &'a str) -> BoxFuture<'a, Result<ProcessCounts, StoreError>> {
        async move { Ok(self.open()?.subscriptions.processes.counts(category)) }.boxed()
    }

    fn acquire_lease<'a>(
        &'a self,
        name: &'a str,
        owner: Uuid,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Option<Lease>, StoreError>> {
        async move {
            let mut content = self.open()?;
            let kept = content.subscriptions.by_name.get_mut(name);
            Ok(kept.and_then(|kept| kept.acquire_lease(owner, self.now(), duration)))
        }
        .boxed()
    }

    fn lease_holder<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<LeaseInSight>, StoreError>> {
        async move {
            let holder = self.open()?.subscriptions.by_name.get(name).and_then(|kept| kept.holder);
            let seen = |holder: LeaseHolder| (holder.owner.to_string(), Some(holder.until));
            Ok(holder.map(seen).map(|(owner, until)| LeaseInSight { owner, until }))
        }
        .boxed()
    }

    fn renew_lease<'a>(
        &'a self,
        lease: &'a Lease,
        duration: Duration,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        async move {
            let mut content = self.open()?;
            let kept = content.subscriptions.by_name.get_mut(&lease.name);
            Ok(kept.is_some_and(|kept| kept.renew_lease(lease, self.now(), duration)))
        }
        .boxed()
    }

    fn release_lease<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            if let Some(kept) = self.open()?.subscriptions.by_name.get_mut(&lease.name) {
                kept.release_lease(lease);
            }
            Ok(())
        }
        .boxed()
    }

    fn park(&self, letter: DeadLetter) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            self.open()?.subscriptions.park(letter);
            Ok(())
        }
        .boxed()
    }

    fn dead_letters<'a>(&'a self, handler: &'a str) -> BoxFuture<'a, Result<Vec<DeadLetter>, StoreError>> {
        async move {
            let content = self.open()?;
            let parked = content.subscriptions.dead_letters.iter().filter(|(place, _)| place.0 == handler);
            Ok(parked.flat_map(|(_, parked)| parked.letters()).cloned().collect())
        }
        .boxed()
    }

    fn retry_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>> {
        async move {
            let mut content = self.open()?;
            Ok(content.subscriptions.letters(key).is_some_and(|parked| parked.retry(key.position)))
        }
        .boxed()
    }

    fn remove_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>> {
        async move {
            let mut content = self.open()?;
            let removed =
                content.subscriptions.letters(key).is_some_and(|parked| parked.remove(key.position));
            // Else they would pile up, one for each stream that ever had a letter.
            content.subscriptions.dead_letters.retain(|_, parked| !parked.is_empty());
            Ok(removed)
        }
        .boxed()
    }
}
