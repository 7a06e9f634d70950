//! A file that an earlier version of the library made.

use cqrs::{
    CommandId, Position, Version,
    store::{
        Append, Appended, CommandClaim, CommandForm, EventQuery, EventStore, Expected, Fingerprint,
        InboxStore, StoreError, SubscriptionStore, read_page,
    },
};
use rusqlite::{Connection, params};

use crate::place::{File, append};

/// The statements of version 1, as it was published.
const SCHEMA: &str = include_str!("../../../cqrs/src/store/sqlite/sql/schema_1.sql");
const APPEND: &str = "INSERT INTO events \
    (category, key, version, id, name, schema_version, payload, metadata, correlation_id, tenant, time) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
const RECORD: &str =
    "INSERT INTO commands (id, name, fingerprint, first_position, last_position) VALUES (?1, ?2, ?3, ?4, ?5)";
const LOOK_UP: &str = "SELECT name, fingerprint, first_position, last_position FROM commands WHERE id = ?1";
const SUBSCRIBE: &str =
    "INSERT INTO subscriptions (name, version, position, started_at, epoch) VALUES (?1, 1, ?2, ?2, 0)";
const ADVANCE: &str =
    "UPDATE subscriptions SET position = ?4 WHERE name = ?1 AND epoch = ?2 AND position = ?3";

/// A process of version 1.
struct Predecessor(Connection);

impl Predecessor {
    fn makes(file: &File) -> Self {
        let connection = file.connection();
        connection.execute_batch(SCHEMA).unwrap();
        connection.pragma_update(None, "journal_mode", "wal").unwrap();
        connection.pragma_update(None, "application_id", 0x6371_7273).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        Self(connection)
    }

    fn appends(&self, version: i64) {
        let id = cqrs::Uuid::now_v7().to_string();
        let metadata = format!(r#"{{"correlation_id":"{id}","time":"2026-01-02T03:04:05Z"}}"#);
        let (tenant, time) = (None::<String>, "2026-01-02T03:04:05.000000000Z");
        let values = params!["thing", "a", version, id, "thing-happened", 1, "1", metadata, id, tenant, time];
        assert_eq!(self.0.prepare_cached(APPEND).unwrap().execute(values).unwrap(), 1);
    }

    /// The record of a command that was answered by one event.
    fn records(&self, id: CommandId, position: i64) {
        let values = params![id.to_string(), "do-thing", [7_u8; 16], position, position];
        assert_eq!(self.0.prepare_cached(RECORD).unwrap().execute(values).unwrap(), 1);
    }

    fn looks_up(&self, id: CommandId) -> rusqlite::Result<(String, [u8; 16], i64, i64)> {
        self.0
            .prepare_cached(LOOK_UP)?
            .query_row([id.to_string()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
    }
}

#[tokio::test]
async fn a_file_of_version_1_is_brought_up_to_date_while_its_process_goes_on() {
    let file = File::new();
    let predecessor = Predecessor::makes(&file);
    predecessor.appends(1);
    predecessor.0.execute(SUBSCRIBE, ("reader", 0)).unwrap();

    let store = file.store();
    let stream = cqrs::StreamId::of("thing", "a");
    let [none, one] = [0, 1].map(Version::new);
    assert_eq!(store.version(&stream).await.unwrap(), one);
    assert!(store.record_handled("mailer", &stream, none, one).await.unwrap());

    predecessor.appends(2);
    assert_eq!(predecessor.0.execute(ADVANCE, ("reader", 0, 0, 2)).unwrap(), 1);
    store.append(append("a", Expected::Exactly(Version::new(2)), &["3"])).await.unwrap();
    let (events, _) = read_page(&store, &EventQuery::all(), 10).await.unwrap();
    assert_eq!(events.iter().map(|event| event.position.get()).collect::<Vec<_>>(), [1, 2, 3]);
    let reader = store.subscription("reader").await.unwrap().unwrap();
    assert_eq!(reader.position, Position::new(2));
    assert!(store.check().await.unwrap().damage.is_empty());
}

fn claim(id: CommandId) -> CommandClaim {
    let form = CommandForm { version: 1, shape: 3, digest: Some(Fingerprint::of(b"{}")) };
    CommandClaim { id, name: "do-thing".into(), aliases: &[], form }
}

#[tokio::test]
async fn commands_are_told_apart_across_the_step_in_both_directions() {
    let file = File::new();
    let predecessor = Predecessor::makes(&file);
    let (before, after) = (CommandId::generate(), CommandId::generate());
    predecessor.appends(1);
    predecessor.records(before, 1);
    assert!(predecessor.looks_up(before).is_ok());

    let store = file.store();
    predecessor.appends(2);
    predecessor.records(after, 2);
    for (id, position) in [(before, 1), (after, 2)] {
        let recorded = store.command(id).await.unwrap().unwrap();
        assert_eq!((recorded.name.as_str(), recorded.form), ("do-thing", None));
        assert_eq!(recorded.appended.last_position(), Position::new(position));
        let again = Append { command: Some(claim(id)), ..append("a", Expected::Any, &["3"]) };
        match store.append(again).await {
            Err(StoreError::AlreadyHandled(first)) => assert_eq!(*first, recorded),
            other => panic!("the command was handled before: {other:?}"),
        }
    }

    // What it cannot understand it cannot overlook either, nor take for another command.
    let (stored, nothing) = (CommandId::generate(), CommandId::generate());
    store
        .append(Append { command: Some(claim(stored)), ..append("a", Expected::Any, &["3"]) })
        .await
        .unwrap();
    let decided =
        Append { command: Some(claim(nothing)), writes: Vec::new(), ..append("a", Expected::Any, &[]) };
    assert_eq!(store.append(decided).await.unwrap(), Appended { streams: Vec::new() });
    for id in [stored, nothing] {
        let found = predecessor.looks_up(id);
        assert!(matches!(found, Err(rusqlite::Error::FromSqlConversionFailure(1, ..))), "{found:?}");
    }
    assert!(store.check().await.unwrap().is_sound());
}
