//! Who has which partition of a projection.
//!
//! Invariants:
//!
//! - Taking a partition raises its epoch. A batch compares the epoch when it moves the checkpoint, as the last statement
//!   before the commit, which locks the row; so an owner that lost its lease, however long it slept, commits nothing.
//! - A lease is never believed for longer than the longest the library writes: one that ends later, or never, is free.
//! - That an owner has stopped is noted on the row that has its lease, under its epoch, and holds for that epoch alone. So one
//!   that was overtaken notes nothing, and what it noted before is void from the moment in which the partition is taken.
//! - Whoever builds the projection anew holds a lock that every batch shares; so no batch is on its way meanwhile, and
//!   one that waited finds another epoch.

use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::{Row, ValueRef, postgres::PgRow};
use uuid::Uuid;

use crate::{
    message::Position,
    store::{
        EventStore, LONGEST_LEASE, Lease, PartitionStore, PartitionView, Peer, Settlement, StoreError,
        SubscriptionStart,
    },
};

use super::{PostgresStore, faults, leases::microseconds, parts, rows};

impl PostgresStore {
    async fn beat(&self, whole: &str, process: Peer, duration: Duration) -> sqlx::Result<Vec<Peer>> {
        let beat = sqlx::query(include_str!("sql/beat.sql")).bind(whole).bind(process.owner.to_string());
        let beat = beat.bind(microseconds(duration)).bind(i64::from(process.knows));
        let others = beat.fetch_all(self.pool()).await?;
        let peer = |row| Ok(Peer { owner: rows::id(row, 0)?, knows: rows::small(row, 1)? });
        others.iter().map(peer).collect()
    }

    async fn survey(&self, partitions: &[&'static str]) -> sqlx::Result<Vec<PartitionView>> {
        let survey = sqlx::query(include_str!("sql/survey_partitions.sql")).bind(partitions);
        survey.bind(microseconds(LONGEST_LEASE)).fetch_all(self.pool()).await?.iter().map(view).collect()
    }

    async fn take(
        &self,
        partition: &'static str,
        owner: Uuid,
        duration: Duration,
    ) -> sqlx::Result<Option<(Lease, Position)>> {
        let distrust = sqlx::query(include_str!("sql/distrust_lease.sql")).bind(partition);
        distrust.bind(microseconds(LONGEST_LEASE)).execute(self.pool()).await?;
        let take = sqlx::query(include_str!("sql/take_partition.sql")).bind(partition);
        let take = take.bind(owner.to_string()).bind(microseconds(duration));
        let Some(row) = take.fetch_optional(self.pool()).await? else { return Ok(None) };
        let lease = Lease { name: partition.into(), owner, epoch: rows::unsigned(&row, 0)? };
        Ok(Some((lease, rows::position(&row, 1)?)))
    }
}

fn view(row: &PgRow) -> sqlx::Result<PartitionView> {
    let owned = !row.try_get_raw(5)?.is_null();
    Ok(PartitionView {
        name: row.try_get(0)?,
        version: rows::small(row, 1)?,
        position: rows::position(row, 2)?,
        epoch: rows::unsigned(row, 4)?,
        owner: if owned { Some(rows::id(row, 5)?) } else { None },
        free: row.try_get(6)?,
        stopped: row.try_get::<Option<String>, _>(7)?.map(Into::into),
    })
}

impl PartitionStore for PostgresStore {
    fn beat<'a>(
        &'a self,
        whole: &'a str,
        process: Peer,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Vec<Peer>, StoreError>> {
        let failed = |error| faults::engine("share partitions", error);
        Box::pin(self.explained(async move { self.beat(whole, process, duration).await.map_err(failed) }))
    }

    fn leave<'a>(&'a self, projection: &'a str, owner: Uuid) -> BoxFuture<'a, Result<(), StoreError>> {
        let failed = |error| faults::engine("leave partitions to others", error);
        let leave = sqlx::query(include_str!("sql/leave_partitions.sql"));
        let leave = leave.bind(projection).bind(owner.to_string());
        Box::pin(self.explained(async move { leave.execute(self.pool()).await.map(drop).map_err(failed) }))
    }

    fn survey<'a>(
        &'a self,
        partitions: &'a [&'static str],
    ) -> BoxFuture<'a, Result<Vec<PartitionView>, StoreError>> {
        let failed = |error| faults::engine("look at the partitions", error);
        Box::pin(self.explained(async move { self.survey(partitions).await.map_err(failed) }))
    }

    fn take<'a>(
        &'a self,
        partition: &'static str,
        owner: Uuid,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Option<(Lease, Position)>, StoreError>> {
        let failed = |error| faults::engine("take a partition", error);
        Box::pin(self.explained(async move { self.take(partition, owner, duration).await.map_err(failed) }))
    }

    fn renew<'a>(
        &'a self,
        partitions: &'a [&'static str],
        owner: Uuid,
        duration: Duration,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let failed = |error| faults::engine("keep partitions", error);
        let renew = sqlx::query(include_str!("sql/renew_partitions.sql"));
        let renew = renew.bind(partitions).bind(owner.to_string()).bind(microseconds(duration));
        Box::pin(self.explained(async move { renew.execute(self.pool()).await.map(drop).map_err(failed) }))
    }

    fn subscribe_all<'a>(&'a self, starts: &'a [SubscriptionStart]) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let head = EventStore::head(self).await?;
            let failed = |error| faults::engine("start subscriptions", error);
            let all = parts::subscribe(self.pool(), starts, head);
            Box::pin(self.explained(async move { all.await.map_err(failed) })).await
        })
    }

    fn settle_all<'a>(
        &'a self,
        settlements: &'a [Settlement],
    ) -> BoxFuture<'a, Result<Vec<bool>, StoreError>> {
        Box::pin(self.explained(async move { parts::settle(self.pool(), settlements).await }))
    }

    fn renew_all<'a>(
        &'a self,
        leases: &'a [Lease],
        duration: Duration,
    ) -> BoxFuture<'a, Result<Vec<bool>, StoreError>> {
        Box::pin(self.explained(async move { parts::renew(self.pool(), leases, duration).await }))
    }

    fn letters_asked_for<'a>(&'a self, leases: &'a [Lease]) -> BoxFuture<'a, Result<Vec<bool>, StoreError>> {
        Box::pin(self.explained(async move { parts::letters_asked_for(self.pool(), leases).await }))
    }

    fn raise_version<'a>(
        &'a self,
        lease: &'a Lease,
        version: u32,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(self.explained(async move { parts::raise_version(self.pool(), lease, version).await }))
    }

    fn stopped<'a>(&'a self, lease: &'a Lease, error: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        let failed = |error| faults::engine("note that a partition has stopped", error);
        let note = sqlx::query(include_str!("sql/stop_partition.sql")).bind(&lease.name);
        let note = note.bind(lease.owner.to_string()).bind(rows::number(lease.epoch)).bind(rows::kept(error));
        Box::pin(self.explained(async move { note.execute(self.pool()).await.map(drop).map_err(failed) }))
    }
}
