//! Looking a store over for damage.

mod events;
mod records;

use crate::store::{CheckReport, StoreError};

use super::{PostgresStore, faults};

/// All parts see the same state, however long it takes; nobody waits for it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; \
    SET LOCAL idle_in_transaction_session_timeout = 0";

impl PostgresStore {
    /// Looks the whole store over: the versions of each stream, every event's columns, JSON and metadata, its position and
    /// its id, where commands and checkpoints point to, and whether each row beside the log can be read. It reads everything
    /// once, in bounded memory, and holds up nobody. Damage of the database's own files is for the server's tools, such as
    /// `pg_amcheck`.
    ///
    /// Names and schema versions that no event type of the program has are not known here: they are in
    /// [`CheckReport::types`].
    pub async fn check(&self) -> Result<CheckReport, StoreError> {
        let check = async { check(self).await.map_err(|error| faults::engine("check the store", error)) };
        self.explained(check).await
    }
}

async fn check(store: &PostgresStore) -> sqlx::Result<CheckReport> {
    let mut transaction = store.pool().begin_with(BEGIN).await?;
    let mut report = CheckReport::default();
    events::check(&mut transaction, &mut report).await?;
    records::check(&mut transaction, &mut report).await?;
    transaction.rollback().await?;
    Ok(report)
}
