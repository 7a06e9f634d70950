//! The partitions of a projection: entered, and divided anew.

use crate::store::{StoreError, SubscriptionStart};

use super::{super::rows, ProjectionTransaction, failed};

impl ProjectionTransaction {
    /// Begins with a partition: nobody builds its projection anew until the transaction ends, and whoever takes the
    /// partition over knows which session to end.
    pub(crate) async fn enter(&mut self, projection: &str, partition: &str) -> Result<(), StoreError> {
        let enter = sqlx::query("SELECT enter_partition($1, $2)").bind(projection).bind(partition);
        enter.execute(&mut *self.transaction).await.map(drop).map_err(failed)
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
