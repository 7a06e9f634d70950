//! A disk without room, which only SQLite meets.

use cqrs::{prelude::*, registry::Registry, store::StoreError, subscription::State};
use cqrs_tests::bank::*;

use super::{
    super::world::{Probe, credit},
    running,
    sqlite::{Ledger, rows},
};

#[tokio::test]
async fn a_projection_on_a_full_disk_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let probe = Probe::new();
    let store = SqliteStore::builder().max_size(300_000).open(&path).unwrap();
    let full = running(store, &probe, Registry::projection::<Ledger>).await;
    let mut amount = 0;
    let refused = loop {
        let command = CreditAccount { account: AccountId::new("a"), amount: amount + 1 };
        match full.dispatch(command).await {
            Ok(_) => amount += 1,
            Err(DispatchError::NotFound(_)) => {
                let open = OpenAccount { account: AccountId::new("a"), owner: "alice".into() };
                full.dispatch(open).await.unwrap();
            }
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, DispatchError::Store(StoreError::Full(_))), "{refused:?}");
    let stopped = full.status().iter().any(|status| matches!(status.state, State::Stopped(_)));
    assert!(!stopped, "it waits for room");
    full.shutdown().await.unwrap();
    let roomy = running(SqliteStore::open(&path).unwrap(), &probe, Registry::projection::<Ledger>).await;
    let last = credit(&roomy, "a", amount + 1).await;
    roomy.wait_for::<Ledger>(&last).await.unwrap();
    let rows = rows(&SqliteStore::open(&path).unwrap()).await;
    let amounts: Vec<_> = rows.into_iter().map(|row| row.2).collect();
    assert_eq!(amounts, (1..=amount + 1).collect::<Vec<_>>());
}
