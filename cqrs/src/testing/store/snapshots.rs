//! Snapshots.

use crate::{event::Payload, message::Version, store::Snapshot};

use super::{fixtures::stream, opened::Opened};

pub(super) fn snapshot(version: u64, fingerprint: u64) -> Snapshot {
    let state = Payload::from_json(format!(r#"{{"version":{version},"text":"漢字"}}"#));
    Snapshot { stream: stream("a"), version: Version::new(version), fingerprint, state }
}

pub(super) async fn a_snapshot_comes_back(store: Opened<'_>) {
    assert_eq!(store.load_snapshot(&stream("a")).await.unwrap(), None);
    store.save_snapshot(snapshot(3, u64::MAX)).await.unwrap();
    assert_eq!(store.load_snapshot(&stream("a")).await.unwrap(), Some(snapshot(3, u64::MAX)));
    assert_eq!(store.load_snapshot(&stream("b")).await.unwrap(), None);
}

pub(super) async fn a_later_snapshot_replaces_an_earlier_one(store: Opened<'_>) {
    for (version, kept) in [(3, 3), (5, 5), (4, 5), (6, 6)] {
        store.save_snapshot(snapshot(version, 1)).await.unwrap();
        assert_eq!(store.load_snapshot(&stream("a")).await.unwrap(), Some(snapshot(kept, 1)));
    }
}

/// One of the same version is as good, and the later.
pub(super) async fn a_snapshot_of_the_same_version_replaces(store: Opened<'_>) {
    store.save_snapshot(snapshot(3, 1)).await.unwrap();
    let again = Snapshot { state: Payload::from_json(r#"{"again":true}"#), ..snapshot(3, 1) };
    store.save_snapshot(again.clone()).await.unwrap();
    assert_eq!(store.load_snapshot(&stream("a")).await.unwrap(), Some(again));
}

pub(super) async fn a_snapshot_of_another_shape_replaces_any(store: Opened<'_>) {
    store.save_snapshot(snapshot(9, 1)).await.unwrap();
    store.save_snapshot(snapshot(2, 2)).await.unwrap();
    assert_eq!(store.load_snapshot(&stream("a")).await.unwrap(), Some(snapshot(2, 2)));
}
