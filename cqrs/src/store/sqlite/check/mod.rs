//! Looking a store over for damage.

mod events;
mod records;

use std::time::Instant;

use rusqlite::Connection;

use crate::store::{CheckReport, Damage, StoreError};

use super::{SqliteStore, faults};

impl SqliteStore {
    /// Looks the whole store over: the file's structure, the versions of each stream, every event's columns, JSON
    /// and metadata, its position and its id, where commands and checkpoints point to, and whether each row beside the log
    /// can be read. It reads everything, beside the writer, in bounded memory.
    ///
    /// Which types of events the program knows is not known here: [`Registry::unknown`](crate::registry::Registry::unknown)
    /// picks those that it does not from [`CheckReport::types`].
    pub async fn check(&self) -> Result<CheckReport, StoreError> {
        self.look(|connection| {
            let started = Instant::now();
            check(connection).map_err(|error| faults::locked("check the store", started, error))
        })
        .await
    }
}

fn check(connection: &Connection) -> rusqlite::Result<CheckReport> {
    // One transaction, so that all parts see the same state.
    let transaction = connection.unchecked_transaction()?;
    let mut report = CheckReport::default();
    check_file(&transaction, &mut report)?;
    events::check(&transaction, &mut report)?;
    records::check(&transaction, &mut report)?;
    Ok(report)
}

fn check_file(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    for what in lines {
        let what = what?;
        if what != "ok" {
            report.add(Damage::File { what });
        }
    }
    Ok(())
}
