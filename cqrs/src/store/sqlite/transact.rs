//! Work on the thread that writes, in a transaction of its own.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use rusqlite::Connection;

use crate::store::StoreError;

use super::{
    SqliteTransaction, faults,
    job::{TransactError, settle},
};

/// Runs a job in an immediate transaction, which is committed only if the job succeeds.
pub(super) fn transact<T, E>(
    connection: &Connection,
    operation: &'static str,
    job: impl FnOnce(&mut SqliteTransaction<'_>) -> Result<T, E>,
) -> Result<T, TransactError<E>> {
    begin(connection, operation)?;
    let outcome = settle(catch_unwind(AssertUnwindSafe(|| job(&mut SqliteTransaction::new(connection)))));
    end(connection, operation, outcome.is_ok())?;
    outcome
}

fn begin(connection: &Connection, operation: &'static str) -> Result<(), StoreError> {
    let started = Instant::now();
    execute(connection, "BEGIN IMMEDIATE").map_err(|error| faults::locked(operation, started, error))
}

/// Commits what has succeeded, and undoes what has not, or what could not be committed.
fn end(connection: &Connection, operation: &'static str, succeeded: bool) -> Result<(), StoreError> {
    if connection.is_autocommit() {
        return if succeeded { Err(ended_by_the_job(operation)) } else { Ok(()) };
    }
    let committed = if succeeded { execute(connection, "COMMIT").map_err(faults::commit) } else { Ok(()) };
    if !connection.is_autocommit()
        && let Err(error) = execute(connection, "ROLLBACK")
    {
        tracing::error!(%error, operation, "a transaction could not be rolled back");
    }
    committed
}

fn ended_by_the_job(operation: &'static str) -> StoreError {
    StoreError::engine(operation, "the transaction was ended from within")
}

fn execute(connection: &Connection, sql: &'static str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        message::Position,
        store::{EventStore, SubscriptionStart, SubscriptionStore, sqlite::SqliteStore},
    };

    type Outcome = Result<(), TransactError<rusqlite::Error>>;

    const START: SubscriptionStart =
        SubscriptionStart { name: "totals", aliases: &[], version: 1, position: Some(Position::START) };

    async fn store() -> (tempfile::TempDir, SqliteStore) {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(directory.path().join("store.db")).unwrap();
        store.subscribe(START).await.unwrap();
        let make = |transaction: &mut SqliteTransaction<'_>| {
            transaction.execute_batch("CREATE TABLE totals (amount INTEGER)")
        };
        store.transact("make the table", make).await.unwrap();
        (directory, store)
    }

    fn insert(transaction: &SqliteTransaction<'_>, amount: i64) -> rusqlite::Result<()> {
        transaction.execute("INSERT INTO totals VALUES (?1)", [amount]).map(drop)
    }

    /// The amounts, and where the checkpoint stands.
    async fn state(store: &SqliteStore) -> (Vec<i64>, u64) {
        let amounts = store.query(|connection| {
            let mut statement = connection.prepare("SELECT amount FROM totals ORDER BY rowid")?;
            statement.query_map([], |row| row.get(0))?.collect()
        });
        let subscription = store.subscription("totals").await.unwrap().unwrap();
        (amounts.await.unwrap(), subscription.position.get())
    }

    #[tokio::test]
    async fn rows_and_checkpoint_move_together() {
        let (_directory, store) = store().await;
        let job = |transaction: &mut SqliteTransaction<'_>| {
            insert(transaction, 1).unwrap();
            transaction.advance("totals", 0, Position::START, Position::new(7))
        };
        assert!(store.transact("project", job).await.unwrap());
        assert_eq!(state(&store).await, (vec![1], 7));
    }

    #[tokio::test]
    async fn a_job_that_fails_or_panics_leaves_nothing_and_the_writer_goes_on() {
        let (_directory, store) = store().await;
        let failing = |transaction: &mut SqliteTransaction<'_>| {
            insert(transaction, 1)?;
            transaction.advance("totals", 0, Position::START, Position::new(7)).unwrap();
            transaction.execute_batch("nonsense")
        };
        assert!(matches!(store.transact("project", failing).await, Err(TransactError::Job(_))));
        let panicking = |transaction: &mut SqliteTransaction<'_>| -> rusqlite::Result<()> {
            insert(transaction, 1)?;
            panic!("a total of {}", 13)
        };
        match store.transact("project", panicking).await {
            Err(TransactError::Panicked(message)) => assert_eq!(message, "a total of 13"),
            other => panic!("the job panicked: {other:?}"),
        }
        assert_eq!(state(&store).await, (vec![], 0));
        store.transact("project", |transaction| insert(transaction, 2)).await.unwrap();
        assert_eq!(state(&store).await, (vec![2], 0));
    }

    #[tokio::test]
    async fn a_part_fails_alone() {
        let (_directory, store) = store().await;
        let job = |transaction: &mut SqliteTransaction<'_>| -> rusqlite::Result<()> {
            insert(transaction, 1)?;
            let failed: Outcome = transaction.savepoint(|part| {
                insert(part, 2)?;
                let nested: Outcome = part.savepoint(|inner| insert(inner, 3));
                nested.unwrap();
                part.execute_batch("nonsense")
            });
            assert!(matches!(failed, Err(TransactError::Job(_))), "{failed:?}");
            let panicked: Outcome = transaction.savepoint(|part| {
                insert(part, 4)?;
                panic!("no")
            });
            assert!(matches!(panicked, Err(TransactError::Panicked(_))), "{panicked:?}");
            let kept: Outcome = transaction.savepoint(|part| insert(part, 5));
            kept.unwrap();
            Ok(())
        };
        store.transact("project", job).await.unwrap();
        assert_eq!(state(&store).await.0, [1, 5]);
    }

    #[tokio::test]
    async fn a_job_that_ends_the_transaction_is_told_off() {
        let (_directory, store) = store().await;
        let job = |transaction: &mut SqliteTransaction<'_>| transaction.execute_batch("ROLLBACK");
        let outcome = store.transact("project", job).await;
        assert!(matches!(outcome, Err(TransactError::Store(StoreError::Engine { .. }))), "{outcome:?}");
        store.transact("project", |transaction| insert(transaction, 1)).await.unwrap();
        assert_eq!(state(&store).await.0, [1]);
    }

    #[tokio::test]
    async fn a_job_of_a_closed_store_is_refused() {
        let (_directory, store) = store().await;
        store.close().await.unwrap();
        let outcome = store.transact("project", |transaction| insert(transaction, 1)).await;
        assert!(matches!(outcome, Err(TransactError::Store(StoreError::Closed))), "{outcome:?}");
    }
}
