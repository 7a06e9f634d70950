//! Checkpoints, leases and dead letters, each call in a transaction of its own.

use std::time::Duration;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::store::{
    DeadLetter, DeadLetterKey, DeadLetterQuery, Lease, LeaseInSight, ProcessCounts, ProcessQuery, ProcessRow,
    Settlement, StoreError, Subscription, SubscriptionStart, SubscriptionStore,
};

use super::{SqliteStore, dead_letters, faults, leases, processes, subscriptions};

impl SubscriptionStore for SqliteStore {
    fn subscribe(&self, start: SubscriptionStart) -> BoxFuture<'_, Result<Subscription, StoreError>> {
        Box::pin(
            self.write("start a subscription", move |connection| {
                subscriptions::subscribe(connection, &start)
            }),
        )
    }

    fn subscription<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Subscription>, StoreError>> {
        let name = name.to_owned();
        Box::pin(self.look(move |connection| subscriptions::find(connection, &name)))
    }

    fn subscriptions(&self) -> BoxFuture<'_, Result<Vec<Subscription>, StoreError>> {
        Box::pin(self.look(subscriptions::list))
    }

    fn settle<'a>(&'a self, settlement: &'a Settlement) -> BoxFuture<'a, Result<bool, StoreError>> {
        let settlement = settlement.clone();
        Box::pin(
            self.write("move a checkpoint", move |connection| subscriptions::settle(connection, &settlement)),
        )
    }

    fn process_page<'a>(
        &'a self,
        query: &'a ProcessQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<ProcessRow>, StoreError>> {
        let query = query.clone();
        Box::pin(self.look(move |connection| processes::page(connection, &query, limit)))
    }

    fn count_processes<'a>(&'a self, category: &'a str) -> BoxFuture<'a, Result<ProcessCounts, StoreError>> {
        let category = category.to_owned();
        Box::pin(self.read("count processes", move |connection| processes::count(connection, &category)))
    }

    fn acquire_lease<'a>(
        &'a self,
        name: &'a str,
        owner: Uuid,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Option<Lease>, StoreError>> {
        let name = name.to_owned();
        Box::pin(self.write("take a lease", move |connection| {
            leases::acquire(connection, &name, owner, duration).map_err(|error| {
                faults::of_row("take a lease", format_args!("the lease of subscription `{name}`"), error)
            })
        }))
    }

    fn renew_lease<'a>(
        &'a self,
        lease: &'a Lease,
        duration: Duration,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let lease = lease.clone();
        Box::pin(self.write("renew a lease", move |connection| {
            leases::renew(connection, &lease, duration)
                .map_err(|error| faults::engine("renew a lease", error))
        }))
    }

    fn release_lease<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>> {
        let lease = lease.clone();
        Box::pin(self.write("give a lease back", move |connection| {
            leases::release(connection, &lease).map_err(|error| faults::engine("give a lease back", error))
        }))
    }

    fn lease_holder<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<LeaseInSight>, StoreError>> {
        let name = name.to_owned();
        Box::pin(self.read("look who has a lease", move |connection| leases::holder(connection, &name)))
    }

    fn park(&self, letter: DeadLetter) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.write("keep a dead letter", move |connection| dead_letters::park(connection, &letter)))
    }

    fn dead_letters<'a>(&'a self, handler: &'a str) -> BoxFuture<'a, Result<Vec<DeadLetter>, StoreError>> {
        let handler = handler.to_owned();
        Box::pin(self.look(move |connection| dead_letters::list(connection, &handler)))
    }

    fn dead_letter_page<'a>(
        &'a self,
        query: &'a DeadLetterQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, StoreError>> {
        let query = query.clone();
        Box::pin(self.look(move |connection| dead_letters::page(connection, &query, limit)))
    }

    fn count_dead_letters<'a>(&'a self, handler: &'a str) -> BoxFuture<'a, Result<u64, StoreError>> {
        let handler = handler.to_owned();
        Box::pin(self.look(move |connection| dead_letters::count(connection, &handler)))
    }

    fn retry_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>> {
        let key = key.clone();
        Box::pin(self.write("retry a dead letter", move |connection| dead_letters::retry(connection, &key)))
    }

    fn remove_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>> {
        let key = key.clone();
        Box::pin(self.write("remove a dead letter", move |connection| dead_letters::remove(connection, &key)))
    }
}
