//! On SQLite.

use std::path::PathBuf;

use cqrs::store::sqlite::SqliteStore;
use cqrs_tests::fixtures;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{
    domain::{Announced, ParcelsTable},
    expectations::{self, EVENTS, GRAMS},
};

/// A copy of a file of 0.1.0.
struct Copy(TempDir);

impl Copy {
    fn of(name: &str) -> Self {
        let copy = Self(tempfile::tempdir().unwrap());
        fixtures::copy("0.1.0", name, &copy.path());
        let version: i64 = copy.ask("PRAGMA user_version");
        assert_eq!(version, 2, "the fixture is as 0.1.0 left it");
        copy
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("store.db")
    }

    fn store(&self) -> SqliteStore {
        SqliteStore::open(self.path()).expect("a file of 0.1.0 opens")
    }

    /// What any program finds in the file.
    fn ask(&self, sql: &str) -> i64 {
        let connection = Connection::open(self.path()).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

#[tokio::test]
async fn the_parcels_go_on() {
    let file = Copy::of("parcels.db");
    let announced = Announced::default();
    let application = expectations::application(file.store(), &announced).await;
    expectations::the_log_is_read(&application).await;
    expectations::failures_are_known(&application).await;
    expectations::parcels_fold(&application).await;
    expectations::commands_are_not_handled_again(&application).await;
    assert_eq!(file.ask("SELECT sum(grams) FROM parcels"), GRAMS);
    expectations::the_dead_letter_is_retried(&application, &announced).await;
    let receipt = expectations::the_projection_goes_on::<ParcelsTable>(&application).await;
    assert_eq!(file.ask("SELECT sum(grams) FROM parcels"), GRAMS + 1_000);
    application.start_rebuild::<ParcelsTable>().await.unwrap();
    application.wait_for::<ParcelsTable>(&receipt).await.unwrap();
    assert_eq!(file.ask("SELECT sum(grams) FROM parcels"), GRAMS + 1_000);
    application.shutdown().await.unwrap();

    let report = file.store().check().await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.events, EVENTS + 1);
}

#[tokio::test]
async fn the_files_are_sound() {
    for (name, events) in [("parcels.db", EVENTS), ("bank-sample.db", 99)] {
        let file = Copy::of(name);
        let report = file.store().check().await.unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!(report.events, events, "in {name}");
    }
}
