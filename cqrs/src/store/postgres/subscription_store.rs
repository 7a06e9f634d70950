//! Checkpoints, leases and dead letters, each call in a transaction of its own.

use std::time::Duration;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::store::{
    DeadLetter, DeadLetterKey, DeadLetterQuery, EventStore, Lease, LeaseInSight, ProcessCounts, ProcessQuery,
    ProcessRow, Settlement, StoreError, Subscription, SubscriptionStart, SubscriptionStore,
};

use super::{PostgresStore, dead_letters, faults, leases, processes, subscriptions};

/// Runs one statement on a connection of the store.
macro_rules! on_a_connection {
    ($operation:literal, $store:ident, $module:ident::$function:ident($($argument:expr),*)) => {
        Box::pin($store.explained(async move {
            let failed = |error| faults::engine($operation, error);
            let mut connection = $store.pool().acquire().await.map_err(failed)?;
            $module::$function(&mut connection, $($argument),*).await.map_err(failed)
        }))
    };
}

/// Runs several statements in a transaction, committed if all succeed.
macro_rules! in_a_transaction {
    ($operation:literal, $store:ident, $module:ident::$function:ident($($argument:expr),*)) => {
        $store.explained(async {
            let failed = |error| faults::engine($operation, error);
            let mut transaction = $store.pool().begin().await.map_err(failed)?;
            let value = $module::$function(&mut transaction, $($argument),*).await.map_err(failed)?;
            transaction.commit().await.map_err(failed)?;
            Ok(value)
        })
        .await
    };
}

impl SubscriptionStore for PostgresStore {
    fn subscribe(&self, start: SubscriptionStart) -> BoxFuture<'_, Result<Subscription, StoreError>> {
        Box::pin(async move {
            // What is above the head is new to the subscription, even if it is drawn already.
            let head = EventStore::head(self).await?;
            in_a_transaction!("start a subscription", self, subscriptions::subscribe(&start, head))
        })
    }

    fn subscription<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Subscription>, StoreError>> {
        on_a_connection!("read a subscription", self, subscriptions::find(name))
    }

    fn subscriptions(&self) -> BoxFuture<'_, Result<Vec<Subscription>, StoreError>> {
        on_a_connection!("read the subscriptions", self, subscriptions::list())
    }

    fn settle<'a>(&'a self, settlement: &'a Settlement) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let above = settlement.done_above_as_json()?;
            if settlement.letters.is_empty() {
                // One statement is a transaction of its own, and one round trip.
                return on_a_connection!(
                    "move a checkpoint",
                    self,
                    subscriptions::settle(settlement, above.as_deref())
                )
                .await;
            }
            in_a_transaction!("move a checkpoint", self, subscriptions::settle(settlement, above.as_deref()))
        })
    }

    fn process_page<'a>(
        &'a self,
        query: &'a ProcessQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<ProcessRow>, StoreError>> {
        on_a_connection!("read where processes stand", self, processes::page(query, limit))
    }

    fn count_processes<'a>(&'a self, category: &'a str) -> BoxFuture<'a, Result<ProcessCounts, StoreError>> {
        on_a_connection!("count processes", self, processes::count(category))
    }

    fn acquire_lease<'a>(
        &'a self,
        name: &'a str,
        owner: Uuid,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Option<Lease>, StoreError>> {
        on_a_connection!("take a lease", self, leases::acquire(name, owner, duration))
    }

    fn renew_lease<'a>(
        &'a self,
        lease: &'a Lease,
        duration: Duration,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        on_a_connection!("renew a lease", self, leases::renew(lease, duration))
    }

    fn release_lease<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>> {
        on_a_connection!("give a lease back", self, leases::release(lease))
    }

    fn lease_holder<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<LeaseInSight>, StoreError>> {
        on_a_connection!("look who has a lease", self, leases::holder(name))
    }

    fn park(&self, letter: DeadLetter) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { in_a_transaction!("keep a dead letter", self, dead_letters::park(&letter)) })
    }

    fn dead_letters<'a>(&'a self, handler: &'a str) -> BoxFuture<'a, Result<Vec<DeadLetter>, StoreError>> {
        on_a_connection!("read dead letters", self, dead_letters::list(handler))
    }

    fn dead_letter_page<'a>(
        &'a self,
        query: &'a DeadLetterQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, StoreError>> {
        on_a_connection!("read dead letters", self, dead_letters::page(query, limit))
    }

    fn count_dead_letters<'a>(&'a self, handler: &'a str) -> BoxFuture<'a, Result<u64, StoreError>> {
        on_a_connection!("count dead letters", self, dead_letters::count(handler))
    }

    fn retry_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>> {
        on_a_connection!("retry a dead letter", self, dead_letters::retry(key))
    }

    fn remove_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { in_a_transaction!("remove a dead letter", self, dead_letters::remove(key)) })
    }
}
