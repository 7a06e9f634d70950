//! Credits in memory, with the log that eventsourced has for tests.

use std::{num::NonZeroUsize, time::Instant};

use eventsourced::{
    EntityRef, EventSourcedExt, binarize::serde_json::SerdeJsonBinarize, event_log::test::TestEventLog,
    snapshot_store::noop::NoopSnapshotStore,
};
use uuid::Uuid;

use crate::{
    domain,
    memory_store::{ACCOUNTS, CREDITS},
};

use super::{Account, Credit, Open};

/// Commands a second.
pub fn run() -> f64 {
    domain::runtime().block_on(async {
        let accounts = opened().await;
        let started = Instant::now();
        tokio::spawn(async move {
            for _ in 0..CREDITS {
                for account in &accounts {
                    account.handle_command(Credit { amount: 1 }).await.unwrap().unwrap();
                }
            }
        })
        .await
        .unwrap();
        #[allow(clippy::cast_precision_loss, reason = "counts are small")]
        let commands = (ACCOUNTS * CREDITS) as f64;
        commands / started.elapsed().as_secs_f64()
    })
}

async fn opened() -> Vec<EntityRef<Account>> {
    let log = TestEventLog::<Uuid>::default();
    let mut accounts = Vec::new();
    for _ in 0..ACCOUNTS {
        let (id, buffer) = (Uuid::now_v7(), NonZeroUsize::new(16).unwrap());
        let entity = Account::default().entity();
        let (log, snapshots) = (log.clone(), NoopSnapshotStore::new());
        let account = entity.spawn(id, None, buffer, log, snapshots, SerdeJsonBinarize).await.unwrap();
        account.handle_command(Open { owner: "alice".into() }).await.unwrap().unwrap();
        accounts.push(account);
    }
    accounts
}
