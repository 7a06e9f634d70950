//! What the SQL of a projection in SQLite creates: dropped and made anew, whatever refers to what.

use cqrs::{
    application::RebuildError,
    handler::TransactionalHandlers,
    prelude::*,
    projection::RunProjection,
    registry::Registry,
    store::{StoreError, sqlite::Sqlite},
};
use cqrs_tests::bank::*;

use super::{
    super::world::{Probe, credit},
    place::Place,
    running,
    sqlite::{File, Ledger},
};

/// A projection that inserts into its tables for each event, in two versions.
macro_rules! family {
    ($old:ident, $new:ident, $name:literal, $schema:literal, $insert:literal) => {
        family!($old, $name, $schema, $insert, version = 1);
        family!($new, $name, $schema, $insert, version = 2);
    };
    ($type:ident, $name:literal, $schema:literal, $insert:literal, $($version:tt)*) => {
        #[derive(Projection, Debug)]
        #[projection(name = $name, schema = $schema, $($version)*)]
        pub struct $type;

        #[event_handler]
        impl $type {
            fn credited(_event: &MoneyCredited, tx: &mut SqliteTransaction<'_>) -> Result<(), SqliteError> {
                tx.execute_batch($insert)
            }
        }
    };
}

family!(
    Referring,
    ReferringAnew,
    "referring",
    "CREATE TABLE b (id INTEGER PRIMARY KEY); CREATE TABLE a (b INTEGER NOT NULL REFERENCES b (id))",
    "INSERT INTO b DEFAULT VALUES; INSERT INTO a SELECT max(id) FROM b"
);
family!(
    Selfish,
    SelfishAnew,
    "selfish",
    "CREATE TABLE a (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES a (id) ON DELETE RESTRICT)",
    "INSERT INTO a SELECT 1 + count(*), 1 FROM a"
);
family!(
    Circular,
    CircularAnew,
    "circular",
    "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER NOT NULL REFERENCES b (id) DEFERRABLE INITIALLY DEFERRED);
     CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES a (id) ON DELETE RESTRICT)",
    "INSERT INTO a SELECT 1 + count(*), 1 + count(*) FROM a; INSERT INTO b SELECT max(id), max(id) FROM a"
);
family!(
    Decorated,
    DecoratedAnew,
    "decorated",
    "CREATE TABLE a (id INTEGER PRIMARY KEY, text TEXT); CREATE INDEX a_by_text ON a (text);
     CREATE VIEW shown AS SELECT text FROM a; CREATE TABLE \"the \"\"log\" (id INTEGER);
     CREATE TRIGGER noting AFTER INSERT ON a BEGIN INSERT INTO \"the \"\"log\" VALUES (NEW.id); END;
     CREATE TRIGGER showing INSTEAD OF INSERT ON shown BEGIN INSERT INTO a (text) VALUES (NEW.text); END;
     CREATE TRIGGER elsewhere AFTER INSERT ON failures BEGIN DELETE FROM a; END;
     CREATE INDEX elsewhere_by_name ON failures (name);
     CREATE VIRTUAL TABLE words USING fts5 (text)",
    "INSERT INTO shown VALUES ('one'); INSERT INTO words SELECT text FROM a LIMIT 1"
);

async fn count(place: &File) -> i64 {
    let count = |db: &rusqlite::Connection| db.query_row("SELECT count(*) FROM a", [], |row| row.get(0));
    place.store().query(count).await.unwrap()
}

async fn is_rebuilt_and_raised<Old, New>()
where
    Old: Projection<Kind: RunProjection<Old>> + TransactionalHandlers<Backend = Sqlite>,
    New: Projection<Kind: RunProjection<New>> + TransactionalHandlers<Backend = Sqlite>,
{
    let place = File::new().await;
    let app = running(place.again().await, &Probe::new(), Registry::projection::<Old>).await;
    credit(&app, "a", 1).await;
    let last = credit(&app, "a", 2).await;
    app.wait_for::<Old>(&last).await.unwrap();
    app.start_rebuild::<Old>().await.unwrap();
    app.wait_for::<Old>(&last).await.unwrap();
    assert_eq!(count(&place).await, 2);
    app.shutdown().await.unwrap();
    let app = running(place.again().await, &Probe::new(), Registry::projection::<New>).await;
    app.wait_for::<New>(&last).await.unwrap();
    assert_eq!(count(&place).await, 2);
    // Nothing is left of the references that were put off.
    let last = credit(&app, "a", 3).await;
    app.wait_for::<New>(&last).await.unwrap();
    assert_eq!(count(&place).await, 3);
}

#[tokio::test]
async fn tables_that_refer_to_each_other_are_built_anew() {
    is_rebuilt_and_raised::<Referring, ReferringAnew>().await;
    is_rebuilt_and_raised::<Selfish, SelfishAnew>().await;
    is_rebuilt_and_raised::<Circular, CircularAnew>().await;
}

#[tokio::test]
async fn whatever_else_a_schema_creates_is_built_anew() {
    is_rebuilt_and_raised::<Decorated, DecoratedAnew>().await;
}

#[tokio::test]
async fn rows_of_somebody_else_that_refer_to_what_is_dropped_are_named() {
    let place = File::new().await;
    let app = running(place.again().await, &Probe::new(), Registry::projection::<Referring>).await;
    let receipt = credit(&app, "a", 1).await;
    app.wait_for::<Referring>(&receipt).await.unwrap();
    let db = rusqlite::Connection::open(place.address()).unwrap();
    db.execute_batch("CREATE TABLE foreigner (b REFERENCES b (id)); INSERT INTO foreigner VALUES (1)")
        .unwrap();
    let refused = app.start_rebuild::<Referring>().await.unwrap_err();
    let RebuildError::Store(error) = &refused else { panic!("{refused}") };
    let causes = std::error::Error::source(error).unwrap().to_string();
    assert!(causes.contains("rows of the table `foreigner`") && causes.contains("`b`"), "{causes}");
    assert_eq!(count(&place).await, 1, "nothing was dropped");
    db.execute_batch("DELETE FROM foreigner").unwrap();
    app.start_rebuild::<Referring>().await.unwrap();
    app.wait_for::<Referring>(&receipt).await.unwrap();
}

#[tokio::test]
async fn what_the_library_made_is_not_dropped_for_a_projection() {
    for (kind, name, why) in [
        ("table", "events", "the store's own"),
        ("TABLE", "events", "no kind of object"),
        ("table", "EVENT_TAGS", "the store's own"),
        ("index", "events_by_correlation", "the store's own"),
        ("trigger", "events_are_not_changed", "the store's own"),
        ("table IF EXISTS events; --", "ledger", "no kind of object"),
    ] {
        let place = File::new().await;
        let app = running(place.again().await, &Probe::new(), Registry::projection::<Ledger>).await;
        let receipt = credit(&app, "a", 1).await;
        app.wait_for::<Ledger>(&receipt).await.unwrap();
        let db = rusqlite::Connection::open(place.address()).unwrap();
        db.execute("INSERT INTO projection_objects VALUES ('ledger', ?1, ?2)", (kind, name)).unwrap();
        let refused = app.start_rebuild::<Ledger>().await.unwrap_err();
        assert!(matches!(&refused, RebuildError::Store(StoreError::Damaged { .. })), "{refused}");
        let text = refused.to_string();
        assert!(text.contains("`ledger`") && text.contains(name) && text.contains(why), "{text}");
        assert_eq!(place.amounts().await, [1]);
        credit(&app, "a", 2).await;
    }
}
