//! What a store says.

use std::fs;

#[cfg(feature = "nats")]
use cqrs::store::nats::NatsStore;
use cqrs::{
    rusqlite,
    store::{EventStore, Expected, StoreError, memory::MemoryStore, sqlite::SqliteStore},
};
#[cfg(feature = "postgres")]
use cqrs::{sqlx, store::postgres::PostgresStore};

use super::{caused_by, commands, says};

#[test]
fn a_file_that_cannot_be_opened_is_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("missing-folder/bank.db");
    let error = SqliteStore::open(&nowhere).unwrap_err();
    says(&error, &["open the file", "missing-folder/bank.db", "unable to open"]);
    caused_by::<rusqlite::Error>(&error);

    let error = SqliteStore::open(folder.path()).unwrap_err();
    says(&error, &["open the file", &folder.path().display().to_string(), "unable to open"]);
}

#[test]
fn a_file_that_is_no_store_is_named_with_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (text, other) = (folder.path().join("text.db"), folder.path().join("other.db"));
    fs::write(&text, "this is a letter to a friend, ".repeat(100)).unwrap();
    let error = SqliteStore::open(&text).unwrap_err();
    says(&error, &["damaged", "text.db", "not a SQLite database"]);

    let connection = rusqlite::Connection::open(&other).unwrap();
    connection.execute_batch("PRAGMA application_id = 7; CREATE TABLE a (b)").unwrap();
    drop(connection);
    says(&SqliteStore::open(&other).unwrap_err(), &["other.db", "another application", "application id 7"]);
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_postgres_server_that_is_not_there_is_named_with_the_reason() {
    let error = PostgresStore::connect("postgres://app:secret-word@127.0.0.1:1/bank").await.unwrap_err();
    says(&error, &["127.0.0.1:1/bank", "refused"]);
    assert!(!format!("{error} {error:?}").contains("secret-word"), "{error:?}");
    caused_by::<sqlx::Error>(&error);
}

#[cfg(feature = "nats")]
#[tokio::test]
async fn a_nats_server_that_is_not_there_is_named_with_the_reason() {
    let error = NatsStore::connect("nats://app:secret-word@127.0.0.1:1/bank").await.err().unwrap();
    says(&error, &["connect", "127.0.0.1:1", "refused"]);
    assert!(!format!("{error} {error:?}").contains("secret-word"), "{error:?}");
}

#[tokio::test]
async fn a_conflict_says_of_which_stream_and_between_which_versions() {
    let store = MemoryStore::new();
    store.append(commands::opened("7", Expected::NoStream)).await.unwrap();
    let error = store.append(commands::opened("7", Expected::NoStream)).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }));
    says(&error, &["account/7", "no stream", "version 1"]);
}
