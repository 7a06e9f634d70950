//! What each fault of the SQLite store is held against.

use std::sync::Arc;

use cqrs::{
    store::{Store, sqlite::SqliteStore},
    testing::store::{BoxFuture, StorePlace, crash},
};

struct File(tempfile::TempDir);

impl StorePlace for File {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
        Box::pin(async {
            Arc::new(SqliteStore::open(self.0.path().join("store.db")).expect("the store should open")) as _
        })
    }
}

cqrs::store_conformance_tests!(File(tempfile::tempdir().expect("a temporary directory")));

#[test]
fn what_was_acknowledged_survives_kills() {
    let file = tempfile::tempdir().expect("a temporary directory");
    let file = file.path().join("store.db");
    crash::survives_kills("what_was_acknowledged_survives_kills", &file.to_string_lossy(), |file| {
        Box::pin(async { Arc::new(SqliteStore::open(file).expect("the store should open")) as _ })
    });
}
