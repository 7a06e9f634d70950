//! Two stores on one file, as two processes have them.

use std::time::Duration;

use cqrs::{
    Position, StreamId, Version,
    store::{
        EventStore, Expected, StoreError,
        sqlite::{SqliteStore, Synchronous},
    },
};

use crate::place::{File, append};

#[tokio::test]
async fn what_one_writes_the_other_sees_and_expects() {
    let file = File::new();
    let (one, other) = (file.store(), file.store());
    one.append(append("a", Expected::NoStream, &["1"])).await.unwrap();
    assert_eq!(other.head().await.unwrap(), Position::new(1));
    let refused = other.append(append("a", Expected::NoStream, &["2"])).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    other.append(append("a", Expected::Exactly(Version::new(1)), &["2"])).await.unwrap();
    one.append(append("a", Expected::Exactly(Version::new(2)), &["3"])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_write_without_pause_both_get_their_turn() {
    let file = File::with(SqliteStore::builder().synchronous(Synchronous::Off));
    let stores = [file.store(), file.store()];
    let mut tasks = Vec::new();
    for (index, store) in stores.iter().enumerate() {
        for task in 0..8 {
            let (store, key) = (store.clone(), format!("{index}-{task}"));
            tasks.push(tokio::spawn(async move {
                for version in 0..100 {
                    store
                        .append(append(&key, Expected::Exactly(Version::new(version)), &["1"]))
                        .await
                        .unwrap();
                }
            }));
        }
    }
    for task in tasks {
        tokio::time::timeout(Duration::from_mins(1), task)
            .await
            .expect("both should get their turn")
            .unwrap();
    }
    assert_eq!(stores[0].head().await.unwrap(), Position::new(1_600));
    assert_eq!(stores[1].version(&StreamId::new("thing", "0-7")).await.unwrap(), Version::new(100));
    assert!(stores[0].check().await.unwrap().is_sound());
}
