//! Read models: reading them, waiting for them, rebuilding them.

use tokio::sync::oneshot;

use crate::{
    dispatch::Receipt,
    handler::{Fold, InMemory},
    message::Position,
    projection::{Model, Projection, RunProjection},
    subscription::{Request, Status, WaitError, reach},
};

use super::{
    Application, RebuildError,
    inner::{Key, Subscribed},
};

impl Application {
    /// A read model in memory. One that is not registered starts now, empty until it has caught up.
    pub fn projection<P: Projection<Kind = InMemory> + Fold + Default>(&self) -> Model<P> {
        let running = self.0.run(Key::of::<P>(), <InMemory as RunProjection<P>>::prepare);
        let model = running.model.and_then(|model| model.downcast_ref::<Model<P>>().cloned());
        model.unwrap_or_default()
    }

    /// Resolves once the projection has applied everything up to the receipt's events: then the reader sees its
    /// own write. It waits as long as it takes; bound it with a timeout of your own.
    pub async fn wait_for<P: Projection>(&self, receipt: &Receipt) -> Result<(), WaitError> {
        self.wait_for_position::<P>(receipt.position()).await
    }

    /// Resolves once the projection has applied everything up to a position; all its partitions, if it is divided, in
    /// whichever process they are.
    pub async fn wait_for_position<P: Projection>(&self, position: Position) -> Result<(), WaitError> {
        let running = self.0.subscribed(Key::of::<P>()).ok_or(WaitError::NotRunning(P::NAME))?;
        for part in running.each() {
            reach(part, position).await?;
        }
        Ok(())
    }

    /// Builds a projection anew from the first event. It resolves once the rebuild has begun; wait for its end as for a
    /// receipt. Meanwhile the old content is gone and the new comes in as the log is read; in PostgreSQL, where it is
    /// built beside, the old content stays until the new takes its place. Nothing else happens again: event handlers
    /// have checkpoints of their own.
    pub async fn rebuild<P: Projection>(&self) -> Result<(), RebuildError> {
        let running = self.0.subscribed(Key::of::<P>()).ok_or(RebuildError::NotRunning(P::NAME))?;
        let (sender, answer) = oneshot::channel();
        running.requests.send(Request::Rebuild(sender)).map_err(|_| RebuildError::ShuttingDown)?;
        Ok(answer.await.map_err(|_| RebuildError::ShuttingDown)??)
    }

    /// How far every projection and event handler has come, and every partition of a projection that is divided, by name.
    pub fn status(&self) -> Vec<Status> {
        let mut all: Vec<_> = self.0.all_subscribed().iter().flat_map(Subscribed::statuses).collect();
        all.sort_by_key(|status| status.name);
        all
    }
}
