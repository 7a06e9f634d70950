//! Checkpoints, leases and dead letters behind the trait.

use std::time::Duration;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::store::{
    DeadLetter, DeadLetterKey, Lease, LeaseInSight, ProcessCounts, ProcessQuery, ProcessRow, Settlement,
    StoreError, Subscription, SubscriptionStart, SubscriptionStore,
};

use super::{
    NatsStore,
    subscriptions::{CHECKPOINTS, Kept},
};

impl SubscriptionStore for NatsStore {
    fn subscribe(&self, start: SubscriptionStart) -> BoxFuture<'_, Result<Subscription, StoreError>> {
        Box::pin(async move { self.enter().await?.subscribe(&start).await })
    }

    fn subscription<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Subscription>, StoreError>> {
        Box::pin(async move {
            let found = self.enter().await?.subscription("read a subscription", name).await?;
            Ok(found.map(|(kept, _)| kept.into_subscription()))
        })
    }

    fn subscriptions(&self) -> BoxFuture<'_, Result<Vec<Subscription>, StoreError>> {
        Box::pin(async move {
            let inside = self.enter().await?;
            let kept = inside.subscriptions.list::<Kept>("read the subscriptions", CHECKPOINTS).await?;
            let present = kept.into_iter().filter(|kept| kept.renamed_to.is_none());
            let mut all: Vec<_> = present.map(Kept::into_subscription).collect();
            all.sort_by(|one, other| one.name.cmp(&other.name));
            Ok(all)
        })
    }

    fn settle<'a>(&'a self, settlement: &'a Settlement) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { self.enter().await?.settle(settlement).await })
    }

    fn process_page<'a>(
        &'a self,
        query: &'a ProcessQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<ProcessRow>, StoreError>> {
        Box::pin(async move { self.enter().await?.process_page(query, limit).await })
    }

    fn count_processes<'a>(&'a self, category: &'a str) -> BoxFuture<'a, Result<ProcessCounts, StoreError>> {
        Box::pin(async move { self.enter().await?.count_processes(category).await })
    }

    fn acquire_lease<'a>(
        &'a self,
        name: &'a str,
        owner: Uuid,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Option<Lease>, StoreError>> {
        Box::pin(async move { self.enter().await?.acquire_lease(name, owner, duration).await })
    }

    fn renew_lease<'a>(
        &'a self,
        lease: &'a Lease,
        duration: Duration,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { self.enter().await?.renew_lease(lease, duration).await })
    }

    fn release_lease<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { self.enter().await?.release_lease(lease).await })
    }

    fn lease_holder<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<LeaseInSight>, StoreError>> {
        Box::pin(async move { self.enter().await?.lease_holder(name).await })
    }

    fn park(&self, letter: DeadLetter) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { self.enter().await?.park(letter).await })
    }

    fn dead_letters<'a>(&'a self, handler: &'a str) -> BoxFuture<'a, Result<Vec<DeadLetter>, StoreError>> {
        Box::pin(async move { self.enter().await?.dead_letters(handler).await })
    }

    fn retry_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { self.enter().await?.retry_dead_letter(key).await })
    }

    fn remove_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { self.enter().await?.remove_dead_letter(key).await })
    }
}
