//! A file that an earlier version of the library made.

use cqrs::{
    Position, Version,
    store::{EventQuery, EventStore, Expected, InboxStore, SubscriptionStore, read_page},
};
use rusqlite::{Connection, params};

use crate::place::{File, append};

/// The statements of version 1, as it was published.
const SCHEMA: &str = include_str!("../../../cqrs/src/store/sqlite/sql/schema_1.sql");
const APPEND: &str = "INSERT INTO events \
    (category, key, version, id, name, schema_version, payload, metadata, correlation_id, tenant, time) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
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
    assert!(store.check().await.unwrap().problems.is_empty());
}
