//! The transaction of a projection: what its event handlers write, its checkpoint and its dead letters.
//!
//! Invariant: whoever moves a checkpoint has held the lock on its row since before the first row was written, and until
//! the transaction ends. So of several processes that apply the same events, one writes and the others wait; then they
//! find the checkpoint moved and write nothing.

use sqlx::{Acquire, PgPool, PgTransaction, Row};

use crate::{
    message::Position,
    store::{DeadLetter, DeadLetterKey, StoreError, Subscription, SubscriptionStart},
};

use super::{dead_letters, faults, rows, subscriptions};

const OPERATION: &str = "apply events to a projection";

/// A transaction of a projection.
pub(crate) struct ProjectionTransaction {
    transaction: PgTransaction<'static>,
    /// The number the server gave the transaction, once its checkpoint is locked.
    number: Option<String>,
}

/// A handler's SQL has ended the transaction, so that what follows would be another one.
#[derive(Debug, thiserror::Error)]
#[error("an event handler has ended the transaction")]
struct EndedByHandler;

impl ProjectionTransaction {
    pub(super) async fn begin(pool: &PgPool) -> Result<Self, StoreError> {
        Ok(Self { transaction: pool.begin().await.map_err(failed)?, number: None })
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        self.transaction.commit().await.map_err(failed)
    }

    /// Undoes everything. An error means that the server cannot be reached, and will undo it by itself.
    pub(crate) async fn roll_back(self) -> Result<(), StoreError> {
        match self.transaction.rollback().await {
            // A handler has ended the transaction; nothing is left to undo.
            Err(error) if faults::is_dead_transaction(&error) => Ok(()),
            outcome => outcome.map_err(failed),
        }
    }

    /// The transaction as event handlers see it.
    pub(crate) fn for_handlers(&mut self) -> &mut PgTransaction<'static> {
        &mut self.transaction
    }

    /// A part of the transaction that can be undone alone.
    pub(crate) async fn part(&mut self) -> Result<PgTransaction<'_>, StoreError> {
        self.transaction.begin().await.map_err(failed)
    }

    /// Locks the checkpoint until the transaction ends, and gives it as it is then.
    pub(crate) async fn lock(&mut self, name: &str) -> Result<Option<Subscription>, StoreError> {
        let lock = sqlx::query(include_str!("sql/lock_subscription.sql")).bind(name);
        let found = lock.fetch_optional(&mut *self.transaction).await.map_err(failed)?;
        let Some(row) = found else { return Ok(None) };
        self.number = Some(row.try_get(5).map_err(failed)?);
        subscriptions::row(&row).map(Some).map_err(failed)
    }

    /// Moves the checkpoint, which is locked.
    pub(crate) async fn advance(&mut self, name: &str, to: Position) -> Result<(), StoreError> {
        let advance = sqlx::query(include_str!("sql/advance_locked.sql"));
        let advance = advance.bind(name).bind(rows::number(to.get())).bind(&self.number);
        match advance.execute(&mut *self.transaction).await.map_err(failed)?.rows_affected() {
            1 => Ok(()),
            _ => Err(StoreError::engine(OPERATION, EndedByHandler)),
        }
    }

    /// Begins with a partition, and gives its checkpoint as it is now. It is not locked: [`Self::advance_owned`] compares
    /// it in the end.
    pub(crate) async fn enter(
        &mut self,
        projection: &str,
        partition: &str,
    ) -> Result<Option<Subscription>, StoreError> {
        let enter = sqlx::query(include_str!("sql/enter_partition.sql")).bind(projection).bind(partition);
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
        let advance = sqlx::query(include_str!("sql/advance_owned.sql"))
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
        let end = sqlx::query_scalar::<_, i64>(include_str!("sql/end_partitions.sql")).bind(start.name);
        let epochs = end.fetch_all(&mut *self.transaction).await.map_err(failed)?;
        let last = epochs.into_iter().max().unwrap_or(0).max(rows::number(epoch));
        for partition in partitions {
            let begin = sqlx::query(include_str!("sql/begin_partition.sql"));
            let begin = begin.bind(partition).bind(i64::from(start.version)).bind(last + 1);
            begin.execute(&mut *self.transaction).await.map_err(failed)?;
        }
        // The projection's own row remembers the epoch, for names that come back.
        let remember = sqlx::query("UPDATE subscriptions SET epoch = $2 WHERE name = $1");
        remember.bind(start.name).bind(last + 1).execute(&mut *self.transaction).await.map_err(failed)?;
        let set = sqlx::query(include_str!("sql/set_partitions.sql")).bind(start.name);
        let set = set.bind(i32::try_from(partitions.len()).unwrap_or(i32::MAX));
        set.execute(&mut *self.transaction).await.map(drop).map_err(failed)
    }

    /// Starts the checkpoint, which is locked, over as another version.
    pub(crate) async fn restart(&mut self, name: &str, version: u32) -> Result<(), StoreError> {
        let restart = sqlx::query(include_str!("sql/restart.sql")).bind(name).bind(i64::from(version));
        restart.execute(&mut *self.transaction).await.map(drop).map_err(failed)
    }

    /// Whether the subscription is known, by whatever name.
    pub(crate) async fn knows(&mut self, start: &SubscriptionStart) -> Result<bool, StoreError> {
        subscriptions::knows(&mut self.transaction, start).await.map_err(failed)
    }

    /// As [`SubscriptionStore::subscribe`](crate::store::SubscriptionStore::subscribe).
    pub(crate) async fn subscribe(&mut self, start: &SubscriptionStart) -> Result<Subscription, StoreError> {
        subscriptions::subscribe(&mut self.transaction, start, Position::START).await.map_err(failed)
    }

    /// As [`SubscriptionStore::park`](crate::store::SubscriptionStore::park).
    pub(crate) async fn park(&mut self, letter: &DeadLetter) -> Result<(), StoreError> {
        dead_letters::park(&mut self.transaction, letter).await.map_err(failed)
    }

    /// As [`SubscriptionStore::dead_letters`](crate::store::SubscriptionStore::dead_letters).
    pub(crate) async fn dead_letters(&mut self, handler: &str) -> Result<Vec<DeadLetter>, StoreError> {
        dead_letters::list(&mut self.transaction, handler).await.map_err(failed)
    }

    /// As [`SubscriptionStore::remove_dead_letter`](crate::store::SubscriptionStore::remove_dead_letter).
    pub(crate) async fn remove_dead_letter(&mut self, key: &DeadLetterKey) -> Result<bool, StoreError> {
        dead_letters::remove(&mut self.transaction, key).await.map_err(failed)
    }
}

/// Whether an error says that a statement of an event handler has failed or ended the transaction, and the handler kept
/// it to itself.
pub(crate) fn is_concealed(error: &StoreError) -> bool {
    let StoreError::Engine { source, .. } = error else { return false };
    source.is::<EndedByHandler>() || source.downcast_ref().is_some_and(faults::is_dead_transaction)
}

fn failed(error: sqlx::Error) -> StoreError {
    faults::engine(OPERATION, error)
}
