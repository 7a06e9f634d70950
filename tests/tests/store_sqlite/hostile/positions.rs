//! Positions and ids in the log.

use cqrs::{
    Position,
    store::{Damage, EventQuery, EventStore, Expected, StoreError, read_page},
};

use super::{assert_damage, assert_says, event_at, problems};
use crate::{damage::damaged, place::append};

#[tokio::test]
async fn that_no_position_is_left_is_no_lack_of_room() {
    let given = "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'events'";
    for sql in [event_at(i64::MAX, "c"), given.to_owned()] {
        let (_file, store) = damaged(&sql).await;
        let error = store.append(append("d", Expected::Any, &["1"])).await.unwrap_err();
        assert_damage(&error, &["9223372036854775807"]);
        let left = Damage::NoPositionLeft { position: Position::new(i64::MAX.unsigned_abs()) };
        assert_eq!(store.check().await.unwrap().damage, [left]);
    }
}

#[tokio::test]
async fn an_event_before_the_first_position_is_not_passed_over() {
    for position in [-5, 0, i64::MIN] {
        let (_file, store) = damaged(&event_at(position, "c")).await;
        let error = read_page(&store, &EventQuery::all(), 100).await.unwrap_err();
        assert!(matches!(error, StoreError::Decode(_)), "{error:?}");
        assert_says(&error.to_string(), &["thing/c"]);
        let found = problems(&store).await;
        let told =
            found.iter().any(|problem| problem.contains(&format!("at position {position}, where none can")));
        assert!(told, "{found:?}");
        // Whoever has read on, or wants something else, is not concerned.
        let rest = EventQuery::all().after(Position::new(3));
        assert_eq!(read_page(&store, &rest, 100).await.unwrap().0.len(), 3);
    }
}

#[tokio::test]
async fn events_with_one_id_are_found() {
    let (_file, store) =
        damaged("UPDATE events SET id = (SELECT id FROM events WHERE position = 2) WHERE position = 5").await;
    match &store.check().await.unwrap().damage[..] {
        [Damage::SameId { first, second, .. }] => {
            assert_eq!((*first, *second), (Position::new(2), Position::new(5)));
        }
        other => panic!("two events have one id: {other:?}"),
    }
}
