//! The same for a partition, which has one owner at a time.
//!
//! Invariant: the checkpoint is compared, with the epoch of the lease, by the last statement before the commit, which
//! locks its row. So an owner that lost its lease commits nothing, and holds up nobody by a lock on it.

use sqlx::Row;

use crate::{
    message::Position,
    store::{StoreError, Subscription, SubscriptionStart},
};

use super::{
    super::{rows, subscriptions},
    EndedByHandler, OPERATION, ProjectionTransaction, failed,
};

impl ProjectionTransaction {
    /// Begins with a partition, and gives its checkpoint as it is now. It is not locked: [`Self::advance_owned`] compares
    /// it in the end.
    pub(crate) async fn enter(
        &mut self,
        projection: &str,
        partition: &str,
    ) -> Result<Option<Subscription>, StoreError> {
        let enter = sqlx::query(include_str!("../sql/enter_partition.sql")).bind(projection).bind(partition);
        let found = enter.fetch_optional(&mut *self.transaction).await.map_err(failed)?;
        let Some(row) = found else { return Ok(None) };
        self.number = Some(row.try_get(5).map_err(failed)?);
        subscriptions::row(&row).map(Some).map_err(failed)
    }

    /// Moves the checkpoint of a partition, which is locked by that until the transaction ends; `false` if it is no
    /// longer at `from`, or the epoch no longer `epoch`: then nothing may be committed.
    pub(crate) async fn advance_owned(
        &mut self,
        partition: &str,
        epoch: u64,
        (from, to): (Position, Position),
    ) -> Result<bool, StoreError> {
        let advance = sqlx::query(include_str!("../sql/advance_owned.sql"))
            .bind(partition)
            .bind(rows::number(epoch))
            .bind(rows::number(from.get()))
            .bind(rows::number(to.get()))
            .bind(&self.number);
        let moved = advance.execute(&mut *self.transaction).await.map_err(failed)?.rows_affected() == 1;
        if !moved {
            self.check_alive().await?;
        }
        Ok(moved)
    }

    /// Whether the transaction is still the one that began.
    async fn check_alive(&mut self) -> Result<(), StoreError> {
        let number = sqlx::query_scalar::<_, String>("SELECT pg_current_xact_id()::text");
        let number = number.fetch_one(&mut *self.transaction).await.map_err(failed)?;
        if Some(number) == self.number { Ok(()) } else { Err(StoreError::engine(OPERATION, EndedByHandler)) }
    }

    /// Waits until no batch of the projection's partitions is on its way, and lets none begin until the transaction ends.
    pub(crate) async fn lock_building(&mut self, projection: &str) -> Result<(), StoreError> {
        let lock = sqlx::query("SELECT pg_advisory_xact_lock(partition_lock('build', $1))").bind(projection);
        lock.execute(&mut *self.transaction).await.map(drop).map_err(failed)
    }

    /// Into how many partitions the projection is divided; 0 if it is not.
    pub(crate) async fn partitions(&mut self, projection: &str) -> Result<usize, StoreError> {
        let count = sqlx::query_scalar::<_, i32>("SELECT count FROM partitions WHERE projection = $1");
        let count = count.bind(projection).fetch_optional(&mut *self.transaction).await.map_err(failed)?;
        Ok(usize::try_from(count.unwrap_or(0)).unwrap_or(0))
    }

    /// Divides a projection anew: its partitions are those of the names, all at the first event, with an epoch that none
    /// of them had before. `epoch` is one that none of them had as far as the caller knows.
    pub(crate) async fn divide(
        &mut self,
        start: &SubscriptionStart,
        partitions: &[&'static str],
        epoch: u64,
    ) -> Result<(), StoreError> {
        let end = sqlx::query_scalar::<_, i64>(include_str!("../sql/end_partitions.sql")).bind(start.name);
        let epochs = end.fetch_all(&mut *self.transaction).await.map_err(failed)?;
        let last = epochs.into_iter().max().unwrap_or(0).max(rows::number(epoch));
        for partition in partitions {
            let begin = sqlx::query(include_str!("../sql/begin_partition.sql"));
            let begin = begin.bind(partition).bind(i64::from(start.version)).bind(last + 1);
            begin.execute(&mut *self.transaction).await.map_err(failed)?;
        }
        // The projection's own row remembers the epoch, for names that come back.
        let remember = sqlx::query("UPDATE subscriptions SET epoch = $2 WHERE name = $1");
        remember.bind(start.name).bind(last + 1).execute(&mut *self.transaction).await.map_err(failed)?;
        let set = sqlx::query(include_str!("../sql/set_partitions.sql")).bind(start.name);
        let set = set.bind(i32::try_from(partitions.len()).unwrap_or(i32::MAX));
        set.execute(&mut *self.transaction).await.map(drop).map_err(failed)
    }
}
