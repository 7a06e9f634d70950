//! The application on its file.

use std::{path::Path, time::Duration};

use anyhow::Context;
use conference::registration::Order;
use cqrs::{prelude::*, subscription::SubscriptionSettings};

/// Who runs it again after a kill waits no longer than this for what the killed one held.
const LEASE: Duration = Duration::from_millis(500);

pub(crate) async fn open(file: &Path) -> anyhow::Result<Application> {
    let store = SqliteStore::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    let settings = SubscriptionSettings { lease: LEASE, ..SubscriptionSettings::default() };
    let builder = Application::builder().store(store).require::<Order>().subscription_settings(settings);
    builder.start().await.context("cannot start the conference")
}
