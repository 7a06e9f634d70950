//! A snapshot saves time and is never believed: whatever is wrong with it, the events are folded.

use std::sync::Arc;

use cqrs::{
    StreamId, Version,
    event::Payload,
    prelude::*,
    repository::Repository,
    store::{Snapshot, SnapshotStore, Store, memory::MemoryStore},
};
use cqrs_tests::bank::*;
use serde::{Deserialize, Serialize};

use crate::world::{both, credit, open, shared, stream};

/// A snapshot that would be used if it were of that version.
fn forged(version: u64) -> Snapshot {
    let state = Payload::from_json(r#"{"owner":"mallory","balance":1000000}"#);
    let fingerprint = <Account as cqrs::aggregate::Aggregate>::snapshot_fingerprint();
    Snapshot { stream: stream("a"), version: Version::new(version), fingerprint, state }
}

#[tokio::test]
async fn a_snapshot_of_a_version_the_stream_has_not_reached_is_not_believed() {
    for version in [4, 5, 1_000_000, i64::MAX.cast_unsigned()] {
        both(|store: Arc<dyn Store>| async move {
            let app = shared(Arc::clone(&store)).await;
            app.dispatch(open("a")).await.unwrap();
            app.dispatch(credit("a", 5)).await.unwrap();
            store.save_snapshot(forged(version)).await.unwrap();
            // A new application has no state in its cache.
            let app = shared(Arc::clone(&store)).await;
            app.dispatch(credit("a", 5)).await.unwrap();
            let loaded = app.repository::<Account>().load(&AccountId::new("a")).await.unwrap();
            let expected = Account { owner: "alice".into(), balance: 10 };
            assert_eq!((loaded.state(), loaded.version()), (Some(&expected), Version::new(3)), "{version}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_snapshot_of_a_stream_without_events_or_of_no_version_is_not_believed() {
    let store = MemoryStore::new();
    let accounts = Repository::<Account>::new(Arc::new(store.clone()));
    for version in [0, 1, u64::MAX] {
        store.save_snapshot(forged(version)).await.unwrap();
        assert!(accounts.find(&AccountId::new("a")).await.unwrap().is_none(), "{version}");
    }
}

#[tokio::test]
async fn a_snapshot_of_the_last_version_and_of_one_before_is_believed() {
    for version in [1, 2] {
        both(|store: Arc<dyn Store>| async move {
            let app = shared(Arc::clone(&store)).await;
            app.dispatch(open("a")).await.unwrap();
            app.dispatch(credit("a", 5)).await.unwrap();
            store.save_snapshot(forged(version)).await.unwrap();
            let loaded = app.repository::<Account>().load(&AccountId::new("a")).await.unwrap();
            let balance = if version == 1 { 1_000_005 } else { 1_000_000 };
            assert_eq!((loaded.state().unwrap().balance, loaded.version()), (balance, Version::new(2)));
        })
        .await;
    }
}

#[derive(Event, Serialize, Deserialize, Clone)]
pub struct ShareGiven {
    parts: u32,
}

/// Its state may become what cannot be read back.
#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u32)]
#[allow(clippy::option_option, reason = "users may write it")]
pub struct Cake {
    share: f64,
    left: Option<Option<u32>>,
}

#[event_handler]
impl Cake {
    fn given(&mut self, event: &ShareGiven) {
        self.share = 1.0 / f64::from(event.parts);
        self.left = Some(event.parts.checked_sub(1).filter(|left| *left > 0));
    }
}

#[tokio::test]
async fn a_state_that_could_not_be_read_back_is_not_saved() {
    let store = MemoryStore::new();
    let cakes = Repository::<Cake>::new(Arc::new(store.clone()));
    for (id, parts, saved) in [(1, 0, false), (2, 1, false), (3, 2, true)] {
        let mut cake = cakes.create(id);
        cake.record(ShareGiven { parts }).unwrap();
        cake.request_snapshot();
        cakes.save(&mut cake).await.unwrap();
        let snapshot = store.load_snapshot(&StreamId::of("cake", id)).await.unwrap();
        assert_eq!(snapshot.is_some(), saved, "{parts}");
        assert_eq!(cakes.load(&id).await.unwrap().state().unwrap().left, cake.state().unwrap().left);
    }
}
