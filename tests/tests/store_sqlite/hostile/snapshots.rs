//! A snapshot is never trusted: anything wrong with it means that there is none.

use cqrs::{
    StreamId, Version,
    event::Payload,
    store::{Snapshot, SnapshotStore},
};

use super::{assert_says, problems};
use crate::damage::damaged;

fn snapshot(version: u64) -> Snapshot {
    let state = Payload::from_json("{}");
    Snapshot { stream: StreamId::new("thing", "a"), version: Version::new(version), fingerprint: 1, state }
}

#[tokio::test]
async fn one_that_cannot_be_read_is_none_and_is_replaced() {
    // Without the types and conditions of the schema a row can hold anything.
    let anything = "DROP TABLE snapshots; \
                    CREATE TABLE snapshots (category, key, version, fingerprint, state, PRIMARY KEY (category, key));";
    for values in [
        "-1, 1, '{}'",
        "NULL, 1, '{}'",
        "'x', 1, '{}'",
        "2, NULL, '{}'",
        "2, 1, NULL",
        "2, 1, CAST(x'ff' AS TEXT)",
        "2, 1, x'7b7d'",
    ] {
        let (_file, store) =
            damaged(&format!("{anything} INSERT INTO snapshots VALUES ('thing', 'a', {values})")).await;
        let stream = StreamId::new("thing", "a");
        assert_eq!(store.load_snapshot(&stream).await.expect("the events are there"), None, "{values}");
        let found = problems(&store).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_says(&found[0], &["snapshots", "thing/a"]);
        store.save_snapshot(snapshot(3)).await.unwrap();
        assert_eq!(store.load_snapshot(&stream).await.unwrap(), Some(snapshot(3)), "{values}");
    }
}

#[tokio::test]
async fn one_beyond_its_stream_is_replaced() {
    let (_file, store) = damaged("INSERT INTO snapshots VALUES ('thing', 'a', 1000, 1, '{}')").await;
    store.save_snapshot(snapshot(3)).await.unwrap();
    assert_eq!(store.load_snapshot(&snapshot(3).stream).await.unwrap(), Some(snapshot(3)));
    store.save_snapshot(snapshot(2)).await.unwrap();
    assert_eq!(store.load_snapshot(&snapshot(3).stream).await.unwrap(), Some(snapshot(3)), "it is behind");
}
