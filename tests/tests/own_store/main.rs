//! A durable store that a stranger could have written: by what is public alone, and the values' own JSON. It keeps what the
//! suite asks for, and what it acknowledged before it was killed.

#![allow(missing_docs, reason = "the suite says what it promises")]

mod entry;
mod file;
mod log;
mod schedule;
mod store;
mod subscriptions;

use std::{path::Path, sync::Arc};

use cqrs::{
    store::{BoxFuture, Store, StoreError},
    testing::store::{StorePlace, crash},
};

use store::FileStore;

/// A folder that goes with the test.
struct Folder(tempfile::TempDir);

impl StorePlace for Folder {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
        Box::pin(async { Arc::new(FileStore::at(&self.0.path().join("journal")).unwrap()) as _ })
    }
}

cqrs::store_conformance_tests!(Folder(tempfile::tempdir().unwrap()));

#[test]
fn what_was_acknowledged_survives_kills() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal");
    crash::survives_kills("what_was_acknowledged_survives_kills", &file.to_string_lossy(), |address| {
        let opened = FileStore::at(Path::new(&address)).unwrap();
        Box::pin(std::future::ready(Arc::new(opened) as Arc<dyn Store>))
    });
}

#[test]
fn a_line_that_cannot_be_read_is_damage_and_half_a_line_is_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal");
    std::fs::write(&file, "[]\n[{\"Fail").unwrap();
    FileStore::at(&file).map(drop).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "[]\n");
    std::fs::write(&file, "[{\"Fail\n").unwrap();
    let refused = FileStore::at(&file).map(drop);
    assert!(matches!(refused, Err(StoreError::Damaged { .. })), "{refused:?}");
}
