//! The transaction of a projection: what its event handlers write, its checkpoint and its dead letters.
//!
//! Invariant: whoever moves a checkpoint has held the lock on its row since before the first row was written, and until
//! the transaction ends. So of several processes that apply the same events, one writes and the others wait; then they
//! find the checkpoint moved and write nothing. The checkpoint of a partition, which has one owner, is locked only where it
//! is moved, in the message that commits.

mod batch;
mod finishing;
mod partitions;
mod session;

use sqlx::{Acquire, PgPool, PgTransaction, Row};

use crate::{
    message::Position,
    store::{DeadLetter, DeadLetterKey, StoreError, Subscription, SubscriptionStart},
};

use super::{dead_letters, faults, rows, subscriptions};

pub(crate) use batch::Checkpoint;
pub(crate) use session::Session;

const OPERATION: &str = "apply events to a projection";

/// A transaction of a projection.
pub(crate) struct ProjectionTransaction {
    transaction: PgTransaction<'static>,
    pool: PgPool,
    /// The number the server gave the transaction, once its checkpoint is locked by [`Self::lock`].
    number: Option<String>,
}

/// A handler's SQL has ended the transaction, so that what follows would be another one.
#[derive(Debug, thiserror::Error)]
#[error("an event handler has ended the transaction")]
struct EndedByHandler;

impl ProjectionTransaction {
    pub(super) async fn begin(pool: &PgPool) -> Result<Self, StoreError> {
        let transaction = pool.begin().await.map_err(failed)?;
        Ok(Self { transaction, pool: pool.clone(), number: None })
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
        let lock = sqlx::query(include_str!("../sql/lock_subscription.sql")).bind(name);
        let found = lock.fetch_optional(&mut *self.transaction).await.map_err(failed)?;
        let Some(row) = found else { return Ok(None) };
        self.number = Some(row.try_get(6).map_err(failed)?);
        subscriptions::row(&row).map(Some).map_err(failed)
    }

    /// Moves the checkpoint, which is locked.
    pub(crate) async fn advance(&mut self, name: &str, to: Position) -> Result<(), StoreError> {
        let advance = sqlx::query(include_str!("../sql/advance_locked.sql"));
        let advance = advance.bind(name).bind(rows::number(to.get())).bind(&self.number);
        match advance.execute(&mut *self.transaction).await.map_err(failed)?.rows_affected() {
            1 => Ok(()),
            _ => Err(StoreError::engine(OPERATION, EndedByHandler)),
        }
    }

    /// Starts the checkpoint, which is locked, over as another version, without dead letters.
    pub(crate) async fn restart(&mut self, name: &str, version: u32) -> Result<(), StoreError> {
        subscriptions::restart(&mut self.transaction, name, version).await.map_err(failed)
    }

    /// The checkpoints of what is built of a projection, whose names are its own with `@` and the version.
    pub(crate) async fn builds(&mut self, projection: &str) -> Result<Vec<Subscription>, StoreError> {
        let mut all = subscriptions::list(&mut self.transaction).await.map_err(failed)?;
        all.retain(|found| found.name == format!("{projection}@{}", found.version));
        Ok(all)
    }

    /// Keeps others from beginning, renaming or replacing a subscription until the transaction ends. It comes before the
    /// lock on any of them.
    pub(crate) async fn lock_all(&mut self) -> Result<(), StoreError> {
        subscriptions::lock(&mut self.transaction).await.map_err(failed)
    }

    /// Begins a subscription at the first event.
    pub(crate) async fn start(&mut self, name: &str, version: u32) -> Result<Subscription, StoreError> {
        subscriptions::begin(&mut self.transaction, name, version, Position::START).await.map_err(failed)
    }

    /// Puts the checkpoint and the dead letters of one subscription in the place of those of another.
    pub(crate) async fn replace(&mut self, name: &str, by: &str) -> Result<(), StoreError> {
        subscriptions::replace(&mut self.transaction, name, by).await.map_err(failed)
    }

    /// Removes a subscription with its dead letters.
    pub(crate) async fn forget(&mut self, name: &str) -> Result<(), StoreError> {
        subscriptions::forget(&mut self.transaction, name).await.map_err(failed)
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
