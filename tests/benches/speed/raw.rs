//! Raw rusqlite on a file of the same schema.

use std::{path::Path, sync::OnceLock};

use cqrs::{CommandId, EventId, Metadata, store::sqlite::SqliteStore};
use rusqlite::Connection;

const EVENT: &str = "INSERT INTO events \
    (category, key, version, id, name, schema_version, payload, metadata, correlation_id, tenant, time) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

const COMMAND: &str =
    "INSERT INTO commands (id, name, fingerprint, first_position, last_position) VALUES (?1, ?2, ?3, ?4, ?5)";

/// A file with the library's schema, opened by nobody else.
pub fn create(path: &Path, synchronous: &str) -> Connection {
    drop(SqliteStore::open(path).unwrap());
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", synchronous).unwrap();
    connection.set_prepared_statement_cache_capacity(32);
    connection
}

/// What is the same in every row is made once, outside of what is measured.
fn metadata() -> &'static (String, String, String) {
    static METADATA: OnceLock<(String, String, String)> = OnceLock::new();
    METADATA.get_or_init(|| {
        let metadata = Metadata::new();
        let time = format!("{:.9}", metadata.time);
        (serde_json::to_string(&metadata).unwrap(), metadata.correlation_id.to_string(), time)
    })
}

/// One event and its command, in whatever transaction there is.
pub fn insert(connection: &Connection, key: usize, version: usize) {
    let (json, correlation, time) = metadata();
    let version = i64::try_from(version).unwrap();
    let values = rusqlite::params![
        "account",
        key.to_string(),
        version,
        EventId::generate().to_string(),
        "money-credited",
        1,
        r#"{"amount":1}"#,
        json,
        correlation,
        None::<String>,
        time,
    ];
    connection.prepare_cached(EVENT).unwrap().execute(values).unwrap();
    let position = connection.last_insert_rowid();
    let command = CommandId::generate().to_string();
    let values = rusqlite::params![command, "credit-account", [7_u8; 16], position, position];
    connection.prepare_cached(COMMAND).unwrap().execute(values).unwrap();
}

/// An account's history of `events` events, a thousand a transaction.
pub fn fill(connection: &mut Connection, key: usize, events: usize) {
    for thousand in 0..events.div_ceil(1_000) {
        let transaction = connection.transaction().unwrap();
        for number in thousand * 1_000..events.min((thousand + 1) * 1_000) {
            insert(&transaction, key, number + 1);
            if number == 0 {
                transaction
                    .execute_batch(
                        "DROP TRIGGER events_are_not_changed; \
                         UPDATE events SET name = 'account-opened', payload = '{\"owner\":\"alice\"}'; \
                         CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events \
                         BEGIN SELECT raise(ABORT, 'events are never changed'); END;",
                    )
                    .unwrap();
            }
        }
        transaction.commit().unwrap();
    }
}
