//! Files to test with.

use std::{path::PathBuf, sync::Arc};

use cqrs::{
    EventId, Metadata, StreamId,
    event::Payload,
    store::{
        Append, Expected, NewEvent, Store, StreamWrite,
        sqlite::{SqliteOptions, SqliteStore},
    },
    testing::store::{BoxFuture, StorePlace},
};

/// A file that goes with the test.
pub struct File {
    directory: tempfile::TempDir,
    options: SqliteOptions,
}

impl File {
    pub fn new() -> Self {
        Self::with(SqliteStore::builder())
    }

    pub fn with(options: SqliteOptions) -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory"), options }
    }

    pub fn path(&self) -> PathBuf {
        self.directory.path().join("store.db")
    }

    pub fn store(&self) -> SqliteStore {
        self.options.clone().open(self.path()).expect("the store should open")
    }

    /// The file as any program sees it.
    pub fn connection(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).expect("the file should open")
    }
}

impl StorePlace for File {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
        Box::pin(async { Arc::new(self.store()) as _ })
    }
}

pub fn append(key: &str, expected: Expected, payloads: &[&str]) -> Append {
    let event = |json: &&str| NewEvent {
        id: EventId::generate(),
        name: "thing-happened".into(),
        schema_version: 1,
        payload: Payload::from_json(*json),
        tags: vec![],
    };
    let events = payloads.iter().map(event).collect();
    let write = StreamWrite { stream: StreamId::new("thing", key), expected, events };
    Append { writes: vec![write], command: None, metadata: Metadata::new() }
}
