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
