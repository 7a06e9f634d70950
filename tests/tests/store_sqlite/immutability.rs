//! What happened stays as it happened, and a person can read it.

use cqrs::{
    EventId, Metadata, Position, StreamId, Tag,
    event::Payload,
    store::{Append, EventStore, Expected, NewEvent, StreamWrite},
};

use crate::place::{File, append};

#[tokio::test]
async fn events_are_neither_changed_nor_removed() {
    let file = File::new();
    let mut tagged = append("a", Expected::Any, &["1", "2"]);
    tagged.writes[0].events[0].tags = vec![Tag::new("owner", "alice")];
    file.store().append(tagged).await.unwrap();
    let connection = file.connection();
    for sql in [
        "UPDATE events SET payload = '{}'",
        "UPDATE events SET version = 9 WHERE position = 2",
        "DELETE FROM events",
        "DELETE FROM events WHERE position = 2",
        "REPLACE INTO events SELECT * FROM events",
        "INSERT OR REPLACE INTO events \
            (category, key, version, id, name, schema_version, payload, metadata, correlation_id, time) \
            SELECT category, key, version, id, name, schema_version, '{}', metadata, correlation_id, time FROM events",
        "UPDATE event_tags SET tag = 'owner:bob'",
        "DELETE FROM event_tags",
    ] {
        let refused = connection.execute(sql, []).unwrap_err().to_string();
        assert!(refused.contains("never"), "{sql}: {refused}");
    }
    assert_eq!(file.store().check().await.unwrap().events, 2);
}

#[tokio::test]
async fn a_position_is_never_used_again() {
    let file = File::new();
    let store = file.store();
    store.append(append("a", Expected::Any, &["1", "2", "3"])).await.unwrap();
    store.close().await.unwrap();
    // Somebody removes the last events against all rules.
    let connection = file.connection();
    connection
        .execute_batch("DROP TRIGGER events_are_not_removed; DELETE FROM events WHERE position > 1")
        .unwrap();
    let appended = file.store().append(append("b", Expected::Any, &["4"])).await.unwrap();
    assert_eq!(appended.last_position(), Position::new(4));
}

#[tokio::test]
async fn a_person_can_query_the_log_with_sql() {
    let file = File::new();
    let event = |amount: u32| NewEvent {
        id: EventId::generate(),
        name: "money-debited".into(),
        schema_version: 1,
        payload: Payload::from_json(format!(r#"{{"amount":{amount},"to":{{"name":"Zoë"}}}}"#)),
        tags: vec![],
    };
    let write = StreamWrite {
        stream: StreamId::new("account", "7"),
        expected: Expected::NoStream,
        events: vec![event(30), event(12)],
    };
    let metadata = Metadata { actor: Some("alice".into()), ..Metadata::new() };
    file.store().append(Append { writes: vec![write], command: None, metadata }).await.unwrap();
    let sql = "SELECT sum(payload ->> '$.amount'), max(payload ->> '$.to.name'), max(metadata ->> '$.actor'), \
               min(time) LIKE '20__-__-__T__:__:__._________Z', \
               min(metadata ->> '$.correlation_id' = correlation_id) \
               FROM events WHERE category = 'account' AND key = '7'";
    let found: (i64, String, String, bool, bool) = file
        .connection()
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
        .unwrap();
    assert_eq!(found, (42, "Zoë".into(), "alice".into(), true, true));
}
