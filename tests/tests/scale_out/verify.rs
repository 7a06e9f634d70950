//! Whether everything is as it should be in the end.

use std::{collections::BTreeMap, sync::Arc};

use cqrs::{Application, CommandId, store::Store};
use cqrs_tests::{audit::audit, bank::Balances};
use futures_util::{StreamExt, stream};

use super::{
    commands::{COMMANDS, balances, published},
    place::{Place, Site},
    watch::Log,
};

/// How many records are looked up at a time.
const AT_ONCE: usize = 16;

pub async fn verify<P: Place>(site: &Site, log: &Log, told_by_workers: &[BTreeMap<String, i64>]) {
    let (published, landed) = (published(), log.causes());
    for (account, commands) in &published {
        assert_eq!(landed.get(account), Some(commands), "each command to account {account} once, in order");
    }
    verify_records(&site.store, published.into_values().flatten()).await;
    let letters = site.bus.dead_letters(10).await.expect("the broker answers");
    assert!(letters.is_empty(), "dead letters: {letters:?}");

    let told: BTreeMap<_, _> =
        audit(&*site.store).await.into_iter().map(|(account, told)| (account, told.balance)).collect();
    assert_eq!(told, balances());
    for worker in told_by_workers {
        assert_eq!(*worker, told, "what a worker had in memory");
    }
    let app = site.start().await;
    assert_eq!(in_memory(&app), told, "what one that begins now has in memory");
    if let Some(table) = P::table(&app).await {
        assert_eq!(table, told, "what the database has");
    }
    app.shutdown().await.expect("it ends well");
}

/// Every command is known to the store, with the one event it led to.
async fn verify_records(store: &Arc<dyn Store>, commands: impl Iterator<Item = CommandId>) {
    let looked_up = stream::iter(commands).map(|id| async move {
        let recorded = store.command(id).await.expect("the store answers");
        recorded.map(|recorded| recorded.appended.last_position())
    });
    let found: Vec<_> = looked_up.buffer_unordered(AT_ONCE).collect().await;
    assert!(found.iter().all(Option::is_some), "a command has no record");
    let mut positions: Vec<_> = found.into_iter().flatten().collect();
    positions.sort_unstable();
    positions.dedup();
    assert_eq!(positions.len(), COMMANDS, "each led to an event of its own");
}

fn in_memory(app: &Application) -> BTreeMap<String, i64> {
    let balances = app.projection::<Balances>();
    let read = balances.read();
    read.by_account.iter().map(|(account, balance)| (account.0.clone(), *balance)).collect()
}
