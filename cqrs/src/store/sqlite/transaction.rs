//! A transaction as an event handler sees it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;

use crate::{
    message::Position,
    store::{DeadLetter, DeadLetterKey, StoreError, Subscription, SubscriptionStart},
};

use super::{
    dead_letters, faults,
    job::{TransactError, settle},
    subscriptions,
};

/// A transaction as an event handler sees it: a connection to read and write through, which neither commits nor
/// rolls back.
#[derive(Debug)]
pub struct SqliteTransaction<'a> {
    connection: &'a Connection,
}

impl std::ops::Deref for SqliteTransaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl<'a> SqliteTransaction<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }
}

impl<'a> SqliteTransaction<'a> {
    /// The connection, for as long as the transaction lasts.
    pub(crate) fn connection(&self) -> &'a Connection {
        self.connection
    }
}

/// What moves with the rows of a projection, in its transaction.
impl SqliteTransaction<'_> {
    /// Runs a part of the work so that it can fail alone: on an error or a panic what it wrote is undone, and the
    /// transaction goes on.
    pub(crate) fn savepoint<T, E>(
        &mut self,
        part: impl FnOnce(&mut SqliteTransaction<'_>) -> Result<T, E>,
    ) -> Result<T, TransactError<E>> {
        self.control("SAVEPOINT part")?;
        let outcome = catch_unwind(AssertUnwindSafe(|| part(&mut SqliteTransaction::new(self.connection))));
        if !matches!(outcome, Ok(Ok(_))) {
            self.control("ROLLBACK TO part")?;
        }
        self.control("RELEASE part")?;
        settle(outcome)
    }

    /// As [`SubscriptionStore::subscribe`](crate::store::SubscriptionStore::subscribe).
    pub(crate) fn subscribe(&mut self, start: &SubscriptionStart) -> Result<Subscription, StoreError> {
        subscriptions::subscribe(self.connection, start)
    }

    /// As [`SubscriptionStore::subscription`](crate::store::SubscriptionStore::subscription).
    pub(crate) fn subscription(&mut self, name: &str) -> Result<Option<Subscription>, StoreError> {
        subscriptions::find(self.connection, name)
    }

    /// As [`SubscriptionStore::advance`](crate::store::SubscriptionStore::advance).
    pub(crate) fn advance(
        &mut self,
        name: &str,
        epoch: u64,
        from: Position,
        to: Position,
    ) -> Result<bool, StoreError> {
        subscriptions::advance(self.connection, name, epoch, from, to)
    }

    /// Starts a subscription over as another version, at `to`; `false` if its checkpoint is no longer at `from`, or
    /// the epoch no longer `epoch`.
    pub(crate) fn restart(
        &mut self,
        present: &Subscription,
        version: u32,
        to: Position,
    ) -> Result<bool, StoreError> {
        subscriptions::restart(self.connection, present, version, to)
    }

    /// As [`SubscriptionStore::park`](crate::store::SubscriptionStore::park).
    pub(crate) fn park(&mut self, letter: &DeadLetter) -> Result<(), StoreError> {
        dead_letters::park(self.connection, letter)
    }

    /// As [`SubscriptionStore::dead_letters`](crate::store::SubscriptionStore::dead_letters).
    pub(crate) fn dead_letters(&mut self, handler: &str) -> Result<Vec<DeadLetter>, StoreError> {
        dead_letters::list(self.connection, handler)
    }

    /// As [`SubscriptionStore::remove_dead_letter`](crate::store::SubscriptionStore::remove_dead_letter).
    pub(crate) fn remove_dead_letter(&mut self, key: &DeadLetterKey) -> Result<bool, StoreError> {
        dead_letters::remove(self.connection, key)
    }

    fn control(&self, sql: &'static str) -> Result<(), StoreError> {
        let failed = |error| faults::engine("set a savepoint", error);
        self.connection.prepare_cached(sql).map_err(failed)?.execute([]).map_err(failed).map(drop)
    }
}
