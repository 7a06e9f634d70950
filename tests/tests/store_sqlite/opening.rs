//! What may lie where a store is opened.

use std::{fs, time::Duration};

use cqrs::{
    Position,
    store::{
        EventStore, Expected, StoreError,
        sqlite::{SqliteStore, Synchronous},
    },
};

use crate::place::{File, append};

#[tokio::test]
async fn a_store_opened_again_goes_on_where_it_was() {
    for synchronous in [Synchronous::Full, Synchronous::Normal, Synchronous::Off] {
        let file = File::with(SqliteStore::builder().synchronous(synchronous));
        for round in 1..=3 {
            let store = file.store();
            store.append(append("a", Expected::Any, &["1"])).await.unwrap();
            assert_eq!(store.head().await.unwrap(), Position::new(round));
        }
    }
}

#[test]
fn a_database_in_memory_is_refused_by_the_name_of_the_store_that_is() {
    for path in ["", ":memory:", "file::memory:", "file::memory:?cache=shared", "file:bank?mode=memory"] {
        match SqliteStore::open(path) {
            Err(error @ StoreError::Unsupported(_)) => {
                assert!(error.to_string().contains("MemoryStore"), "{error}");
            }
            other => panic!("`{path}` is no file: {other:?}"),
        }
        assert!(!std::path::Path::new(path).exists());
    }
}

#[test]
fn a_file_of_a_newer_version_is_refused_by_both_numbers() {
    let file = File::new();
    drop(file.store());
    file.connection().pragma_update(None, "user_version", 99).unwrap();
    match SqliteStore::open(file.path()) {
        Err(StoreError::NewerSchema { store, found: 99, known: 3 }) => {
            assert!(store.starts_with("the file /"), "{store}");
        }
        other => panic!("the schema is newer: {other:?}"),
    }
}

#[test]
fn a_file_that_is_no_database_is_damaged_and_left_as_it_is() {
    let file = File::new();
    let text = "transaction_id,account_id\n".repeat(1_000);
    fs::write(file.path(), &text).unwrap();
    let error = SqliteStore::open(file.path()).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert_eq!(fs::read_to_string(file.path()).unwrap(), text);
}

#[test]
fn the_database_of_another_application_is_refused_and_left_as_it_is() {
    let file = File::new();
    file.connection().execute_batch("CREATE TABLE songs (title TEXT); PRAGMA user_version = 3").unwrap();
    let before = fs::read(file.path()).unwrap();
    let error = SqliteStore::open(file.path()).unwrap_err();
    assert!(error.to_string().contains("another application"), "{error}");
    assert_eq!(fs::read(file.path()).unwrap(), before);
}

#[test]
fn a_truncated_file_is_damaged() {
    let file = File::new();
    drop(file.store());
    settle(&file);
    let whole = fs::read(file.path()).unwrap();
    fs::write(file.path(), &whole[..4096 + 100]).unwrap();
    let opened = SqliteStore::open(file.path());
    assert!(matches!(opened, Err(StoreError::Damaged { .. })), "{opened:?}");
}

/// Waits for a dropped store to be gone, and moves the write-ahead log into the file.
fn settle(file: &File) {
    let connection = file.connection();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
}

#[test]
fn an_empty_file_becomes_a_store() {
    let file = File::new();
    fs::write(file.path(), "").unwrap();
    drop(file.store());
}

#[test]
fn a_path_that_leads_nowhere_is_named_in_the_error() {
    let file = File::new();
    let error = SqliteStore::open(file.path().join("nowhere.db")).unwrap_err();
    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    assert!(source.contains("nowhere.db"), "{error}: {source}");
}

#[tokio::test]
async fn a_file_locked_for_too_long_is_busy_and_works_afterwards() {
    let file = File::with(SqliteStore::builder().busy_timeout(Duration::from_millis(50)));
    let store = file.store();
    let other = file.connection();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    match store.append(append("a", Expected::Any, &["1"])).await {
        Err(StoreError::Busy { waited, limit }) => {
            assert!(
                waited >= Duration::from_millis(50) && limit >= Duration::from_millis(50),
                "{waited:?}, {limit:?}"
            );
        }
        other => panic!("another process has the lock: {other:?}"),
    }
    assert_eq!(store.head().await.unwrap(), Position::START, "readers are not held up");
    other.execute_batch("ROLLBACK").unwrap();
    store.append(append("a", Expected::NoStream, &["1"])).await.unwrap();
}

#[tokio::test]
async fn a_lock_held_for_a_while_is_waited_for() {
    let file = File::new();
    let store = file.store();
    let other = file.connection();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waiting = tokio::spawn(async move { store.append(append("a", Expected::Any, &["1"])).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!waiting.is_finished());
    other.execute_batch("ROLLBACK").unwrap();
    waiting.await.unwrap().unwrap();
}

#[test]
fn many_that_open_a_new_file_at_once_all_succeed() {
    for _ in 0..10 {
        let file = File::new();
        let (path, file) = (file.path(), &file);
        std::thread::scope(|scope| {
            let open = || SqliteStore::open(&path).map(drop);
            let opening: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            for opening in opening {
                opening.join().unwrap().unwrap();
            }
        });
        let version: i64 = file.connection().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(version, 3);
    }
}

#[tokio::test]
async fn a_dropped_store_writes_what_it_accepted() {
    let file = File::new();
    let store = file.store();
    let appends: Vec<_> = (0..50)
        .map(|index| {
            let store = store.clone();
            tokio::spawn(async move { store.append(append(&index.to_string(), Expected::Any, &["1"])).await })
        })
        .collect();
    drop(store);
    for append in appends {
        append.await.unwrap().unwrap();
    }
    assert_eq!(file.store().head().await.unwrap(), Position::new(50));
}
