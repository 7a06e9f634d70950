//! Commands and failures.

use cqrs::{
    CommandId,
    store::{Append, CommandClaim, CommandForm, EventStore, Expected, FailureStore, StoreError},
};

use super::{assert_damage, assert_says, problems};
use crate::{damage::damaged, place::append};

fn claiming(id: CommandId, key: &str) -> Append {
    let form = CommandForm { version: 1, shape: 0, digest: None };
    let claim = CommandClaim { id, name: "do-thing".into(), aliases: &[], form };
    Append { command: Some(claim), ..append(key, Expected::Any, &["1"]) }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_named_and_never_overlooked() {
    let id = CommandId::generate();
    for (columns, values, reads) in [
        ("version, shape, first_position, last_position", "-1, 0, 1, 1", "column `version`"),
        ("version, shape, first_position, last_position", "1, NULL, 1, 1", "column `shape`"),
        ("version, shape, digest, first_position, last_position", "1, 0, x'0102', 1, 1", "column `digest`"),
        ("first_position, last_position", "77, 78", "77"),
        ("first_position, last_position", "2, 9223372036854775807", "2"),
        ("first_position, last_position", "-3, 2", "-3"),
    ] {
        let sql = format!(
            "INSERT INTO commands (id, name, fingerprint, {columns}) VALUES ('{id}', 'do-thing', x'', {values})"
        );
        let (_file, store) = damaged(&sql).await;
        assert_damage(&store.command(id).await.unwrap_err(), &["command", &id.to_string()]);
        let (refused, stored) =
            tokio::join!(store.append(claiming(id, "c")), store.append(claiming(CommandId::generate(), "d")));
        assert_damage(&refused.unwrap_err(), &["command", &id.to_string()]);
        stored.expect("a neighbour is not concerned");
        let found = problems(&store).await;
        assert_eq!(found.len(), 1, "{values}: {found:?}");
        assert_says(&found[0], &[&id.to_string(), reads]);
    }
}

#[tokio::test]
async fn a_record_whose_id_is_none_is_named() {
    let (_file, store) = damaged(
        "INSERT INTO commands (id, name, fingerprint, first_position, last_position)
         VALUES ('nonsense', CAST(x'ff' AS TEXT), x'', 1, 1)",
    )
    .await;
    let found = problems(&store).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_says(&found[0], &["commands", "nonsense"]);
}

#[tokio::test]
async fn a_failure_that_cannot_be_read_is_named_among_the_others() {
    let id = CommandId::generate();
    let metadata = format!(r#"{{"correlation_id":"{id}","time":"2026-01-02T03:04:05Z"}}"#);
    let row = |command: &str, name: &str, metadata: &str| {
        format!(
            "INSERT INTO failures (command_id, name, code, error, metadata, correlation_id, time) VALUES \
             ('{command}', {name}, 'rejected', 'no', '{metadata}', '{id}', '2026-01-02T03:04:05.000000000Z');"
        )
    };
    let good = row(&id.to_string(), "'do-thing'", &metadata);
    let damages = [
        (row(&id.to_string(), "'do-thing'", "{"), "metadata"),
        (row(&id.to_string(), "'do-thing'", r#"{"time":"t0psecret"}"#), "metadata"),
        (row(&id.to_string(), "'do-thing'", r#""t0psecret""#), "metadata"),
        (row("nonsense", "'do-thing'", &metadata), "command_id"),
        (row(&id.to_string(), "CAST(x'ff' AS TEXT)", &metadata), "name"),
    ];
    for (bad, column) in damages {
        let (_file, store) = damaged(&format!("{good}{bad}{good}")).await;
        for failures in [
            store.failures(None, 10).await,
            store.failures(Some(cqrs::CorrelationId::from(id.as_uuid())), 10).await,
        ] {
            let failures: Vec<_> = failures.unwrap();
            assert_eq!(
                failures.iter().map(|found| &*found.code).collect::<Vec<_>>(),
                ["rejected", "unreadable", "rejected"]
            );
            assert_says(&failures[1].error, &["failure 2", column]);
            assert!(!failures[1].error.contains("t0psecret"), "{}", failures[1].error);
            assert_eq!(failures[1].metadata.correlation_id.as_uuid(), id.as_uuid());
        }
        let found = problems(&store).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_says(&found[0], &["row 2 of table `failures`", column]);
        assert!(!found[0].contains("t0psecret"), "{}", found[0]);
    }
}

#[tokio::test]
async fn a_command_that_decided_nothing_is_no_damage() {
    let (_file, store) = damaged("").await;
    let nothing = Append { writes: Vec::new(), ..claiming(CommandId::generate(), "c") };
    store.append(nothing.clone()).await.unwrap();
    assert!(matches!(store.append(nothing).await, Err(StoreError::AlreadyHandled(_))));
    assert!(store.check().await.unwrap().is_sound());
}
