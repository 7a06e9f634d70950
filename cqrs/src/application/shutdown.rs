//! The end: no new events for subscriptions and no new commands, then the store.

use std::time::Duration;

use futures_util::{FutureExt, future::BoxFuture};
use tracing::warn;

use crate::store::StoreError;

use super::Application;

/// How long a handler may take to finish the event it is at.
const PATIENCE: Duration = Duration::from_secs(30);

impl Application {
    /// Ends the application: commands that were accepted are finished, and new ones refused; projections and event
    /// handlers finish what they are at and keep their checkpoints; the store is closed. An event handler that takes
    /// longer than 30 seconds is abandoned, and its event handled again at the next start.
    pub async fn shutdown(self) -> Result<(), StoreError> {
        ending(self).await
    }
}

/// Boxed here, so that it is compiled with this library, and not again with each program.
fn ending(application: Application) -> BoxFuture<'static, Result<(), StoreError>> {
    end(application).boxed()
}

async fn end(application: Application) -> Result<(), StoreError> {
    let inner = &application.0;
    // Subscriptions hear of it before commands are refused: one whose dispatch fails for the end knows why.
    inner.shutdown.send_replace(true);
    inner.core.close().await;
    let mut tasks = inner.take_tasks();
    let finished = tokio::time::timeout(PATIENCE, async { while tasks.join_next().await.is_some() {} });
    if finished.await.is_err() {
        warn!(count = tasks.len(), "subscriptions did not finish in time and are abandoned");
        tasks.shutdown().await;
    }
    inner.core.store().close().await
}
