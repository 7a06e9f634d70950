//! Planted damage is found, with its position.

use cqrs::{
    Position, StreamId, Version,
    registry::Registry,
    store::{CheckReport, Damage, EventStore},
};
use cqrs_tests::{
    bank::MoneyCredited,
    postgres::{Schema, server_answers},
};

use crate::{raw::run, sharing::append};

/// What is found in a store of three things with two events each, after somebody with the right to has been at it.
async fn after(damage: &'static str) -> CheckReport {
    let schema = Schema::new();
    let store = schema.store().await;
    for version in 1..=2 {
        for key in ["a", "b", "c"] {
            store.append(append(key, version)).await.unwrap();
        }
    }
    let mut connection = schema.connection().await;
    run(&mut connection, "ALTER TABLE events DISABLE TRIGGER USER").await;
    run(&mut connection, damage).await;
    store.check().await.unwrap()
}

#[tokio::test]
async fn a_sound_store_has_no_problems() {
    if !server_answers() {
        return;
    }
    let report = after("SELECT 1").await;
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.events, 6);
    assert_eq!((report.types.len(), report.types[0].events, report.types[0].first.get()), (1, 6, 1));
}

#[tokio::test]
async fn planted_damage_is_found_with_its_position() {
    if !server_answers() {
        return;
    }
    let report = after(
        "DELETE FROM events WHERE position = 1;
         UPDATE events SET metadata = '{}' WHERE position = 2;
         UPDATE events SET correlation_id = gen_random_uuid() WHERE position = 3;
         UPDATE events SET version = -5 WHERE position = 6;
         INSERT INTO commands (id, name, outcome) VALUES ('00000000-0000-0000-0000-000000000001', 'do-thing',
             '{\"streams\": [{\"first_position\": 77, \"last_position\": 78}]}')",
    )
    .await;
    let of_event = |position| {
        let found = report.damage.iter().find_map(|problem| match problem {
            Damage::Event { position: at, what } if *at == Position::new(position) => Some(what.as_str()),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("nothing was found at {position}: {report:?}"))
    };
    assert!(of_event(2).contains("metadata"), "{}", of_event(2));
    assert!(of_event(3).contains("correlation_id"), "{}", of_event(3));
    assert!(of_event(6).contains("`version`"), "{}", of_event(6));
    let gap = Damage::VersionGap {
        position: Position::new(4),
        stream: StreamId::new("thing", "a"),
        expected: Version::new(1),
        found: Version::new(2),
    };
    assert!(report.damage.contains(&gap), "{report:?}");
    let id = "00000000-0000-0000-0000-000000000001".to_owned();
    assert!(report.damage.contains(&Damage::Command { id, position: Position::new(77) }), "{report:?}");
}

#[tokio::test]
async fn types_that_the_program_does_not_know_are_told_by_name_version_and_first_position() {
    if !server_answers() {
        return;
    }
    let report = after(
        "UPDATE events SET name = 'money-credited' WHERE position IN (2, 3);
         UPDATE events SET schema_version = 9 WHERE position = 3",
    )
    .await;
    assert!(report.is_sound(), "{report:?}");
    let mut registry = Registry::empty();
    registry.event::<MoneyCredited>();
    let unknown: Vec<_> = registry.unknown(&report).into_iter().collect();
    let told: Vec<_> =
        unknown.iter().map(|known| (known.name.as_str(), known.schema_version, known.first.get())).collect();
    assert_eq!(told, [("thing-happened", 1, 1), ("money-credited", 9, 3)]);
}
