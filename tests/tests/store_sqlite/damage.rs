//! Damage is found, named and never papered over.

use cqrs::{
    Position, StreamId, Version,
    event::{DecodeError, DecodeReason},
    store::{
        Damage, EventQuery, EventStore, Expected, StoreError, SubscriptionStore, read_page,
        sqlite::SqliteStore,
    },
};

use crate::place::{File, append};

/// A store of six events, on which somebody used force.
pub async fn damaged(sql: &str) -> (File, SqliteStore) {
    let file = File::new();
    let store = file.store();
    for key in ["a", "b"] {
        store.append(append(key, Expected::Any, &["1", "2", "3"])).await.unwrap();
    }
    store.close().await.unwrap();
    let connection = file.connection();
    let force = "PRAGMA writable_schema = ON; PRAGMA ignore_check_constraints = ON; \
                 DROP TRIGGER events_are_not_changed; DROP TRIGGER events_are_not_removed;";
    connection.execute_batch(&format!("{force}{sql}")).unwrap();
    drop(connection);
    let store = file.store();
    (file, store)
}

/// The events before it are given; it is the error of the page that begins with it.
async fn decode_error(store: &SqliteStore) -> DecodeError {
    // The page ends before it.
    let (events, end) = read_page(store, &EventQuery::all(), 100).await.unwrap();
    assert_eq!((events.len(), end.position, end.complete), (4, Position::new(4), false));
    let rest = EventQuery::all().after(end.position);
    let error = read_page(store, &rest, 100).await.unwrap_err();
    let StoreError::Decode(error) = error else { panic!("an event cannot be read: {error:?}") };
    std::sync::Arc::try_unwrap(error).unwrap()
}

fn assert_names_the_fifth(error: &DecodeError) {
    assert_eq!((error.position, error.version), (Position::new(5), Version::new(2)));
    assert_eq!((&error.stream, error.name.as_str()), (&StreamId::new("thing", "b"), "thing-happened"));
}

#[tokio::test]
async fn damaged_metadata_names_the_event() {
    let (_file, store) = damaged("UPDATE events SET metadata = '{\"time\":' WHERE position = 5").await;
    let error = decode_error(&store).await;
    assert_names_the_fifth(&error);
    assert!(matches!(error.reason, DecodeReason::Metadata(_)), "{error:?}");
}

#[tokio::test]
async fn damaged_columns_name_the_event() {
    for (column, value) in
        [("id", "'nonsense'"), ("schema_version", "-1"), ("payload", "CAST(x'ff' AS TEXT)")]
    {
        let (_file, store) =
            damaged(&format!("UPDATE events SET {column} = {value} WHERE position = 5")).await;
        let error = decode_error(&store).await;
        assert_names_the_fifth(&error);
        match &error.reason {
            DecodeReason::Damaged { column: named, .. } => assert_eq!(*named, column),
            other => panic!("column {column} is damaged: {other:?}"),
        }
    }
}

#[tokio::test]
async fn events_before_the_damage_can_be_read() {
    let (_file, store) = damaged("UPDATE events SET metadata = '' WHERE position = 5").await;
    let query = EventQuery::all().up_to(Position::new(4));
    assert_eq!(read_page(&store, &query, 100).await.unwrap().0.len(), 4);
    let untouched = EventQuery::stream(StreamId::new("thing", "a"));
    assert_eq!(read_page(&store, &untouched, 100).await.unwrap().0.len(), 3);
}

#[tokio::test]
async fn a_sound_store_has_no_problems() {
    let (_file, store) = damaged("").await;
    let report = store.check().await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.events, 6);
}

#[tokio::test]
async fn planted_damage_is_found_with_its_position() {
    let (_file, store) = damaged(
        "UPDATE events SET payload = '{\"amount\":' WHERE position = 1;
         UPDATE events SET metadata = '{}' WHERE position = 3;
         UPDATE events SET correlation_id = 'other' WHERE position = 4;
         DELETE FROM events WHERE position = 2;
         INSERT INTO commands (id, name, fingerprint, first_position, last_position)
             VALUES ('00000000-0000-4000-8000-000000000007', 'do-thing', x'00', 77, 78);",
    )
    .await;
    let report = store.check().await.unwrap();
    let of_event = |position| {
        let found = report.damage.iter().find_map(|problem| match problem {
            Damage::Event { position: at, what } if *at == Position::new(position) => Some(what.as_str()),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("nothing was found at {position}: {report:?}"))
    };
    assert!(of_event(1).contains("payload"));
    assert!(of_event(3).contains("metadata"));
    assert!(of_event(4).contains("correlation_id"));
    let gap = Damage::VersionGap {
        position: Position::new(3),
        stream: StreamId::new("thing", "a"),
        expected: Version::new(2),
        found: Version::new(3),
    };
    assert!(report.damage.contains(&gap), "{report:?}");
    let lost =
        Damage::Command { id: "00000000-0000-4000-8000-000000000007".into(), position: Position::new(77) };
    assert!(report.damage.contains(&lost), "{report:?}");
    assert_eq!(report.damage.len(), 5, "{report:?}");
}

#[tokio::test]
async fn a_damaged_letter_or_checkpoint_is_named() {
    let letter =
        "INSERT INTO dead_letters VALUES ('mailer', 'thing', 'a', 2, 2, 'odd', 1, '', 'never', NULL, 'log')";
    let checkpoint = "INSERT INTO subscriptions (name, version, position, started_at, epoch) VALUES ('mailer', 1, -5, 0, 0)";
    let (_file, store) = damaged(&format!("{letter}; {checkpoint};")).await;
    let letters = store.dead_letters("mailer").await.unwrap_err().to_string();
    for part in ["the dead letter of `mailer`", "stream thing/a at position 2", "column `state`", "`odd`"] {
        assert!(letters.contains(part), "{letters}");
    }
    let one = store.subscription("mailer").await.unwrap_err().to_string();
    let all = store.subscriptions().await.unwrap_err().to_string();
    for error in [one, all] {
        assert!(
            error.contains("subscription `mailer`") && error.contains("column `position`: Integer -5"),
            "{error}"
        );
    }
}
