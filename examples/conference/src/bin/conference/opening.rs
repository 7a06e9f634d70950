//! The application on its store.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use conference::registration::Order;
use cqrs::{prelude::*, store::Store, subscription::SubscriptionSettings};

/// Who runs it again after a kill waits no longer than this for what the killed one held.
const LEASE: Duration = Duration::from_millis(500);

/// Starts it on a database, or else on a file.
pub(crate) async fn open(database: Option<&str>, file: &Path) -> anyhow::Result<Application> {
    let store = match database {
        Some(address) => connect(address).await?,
        None => Arc::new(SqliteStore::open(file).with_context(|| format!("cannot open {}", file.display()))?),
    };
    let settings = SubscriptionSettings { lease: LEASE, ..SubscriptionSettings::default() };
    let builder =
        Application::builder().shared_store(store).require::<Order>().subscription_settings(settings);
    builder.start().await.context("cannot start the conference")
}

#[cfg(feature = "postgres")]
async fn connect(address: &str) -> anyhow::Result<Arc<dyn Store>> {
    let store = PostgresStore::builder().schema("conference").connect(address).await;
    Ok(Arc::new(store.context("cannot open the database")?))
}

#[cfg(not(feature = "postgres"))]
#[expect(clippy::unused_async, reason = "nothing is waited for")]
async fn connect(_: &str) -> anyhow::Result<Arc<dyn Store>> {
    anyhow::bail!("this conference was built without PostgreSQL: add `--features postgres`")
}
