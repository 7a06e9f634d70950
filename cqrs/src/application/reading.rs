//! Read models: reading them, rebuilding them, and how far they are.

use tokio::sync::oneshot;

use crate::{
    projection::{Model, Projection, ReadInMemory},
    subscription::{Request, Status},
};

use super::{
    Application, RebuildError,
    inner::{Key, Subscribed},
};

impl Application {
    /// Returns a read model in memory. One that is not registered starts now, empty until it has caught up.
    pub fn projection<P: ReadInMemory>(&self) -> Model<P> {
        let running = self.0.run(Key::of::<P>(), P::prepare);
        let model = running.model.and_then(|model| model.downcast_ref::<Model<P>>().cloned());
        model.unwrap_or_else(P::empty)
    }

    /// Builds a projection anew from the first event. It resolves once the rebuild has begun; wait for its end as for a
    /// receipt. Meanwhile the old content is gone and the new comes in as the log is read; in PostgreSQL, where it is
    /// built beside, the old content stays until the new takes its place. Nothing else happens again: event handlers
    /// have checkpoints of their own.
    pub async fn start_rebuild<P: Projection>(&self) -> Result<(), RebuildError> {
        let running = self.0.subscribed(Key::of::<P>()).ok_or(RebuildError::NotRunning(P::NAME))?;
        let (sender, answer) = oneshot::channel();
        running.requests.send(Request::Rebuild(sender)).map_err(|_| RebuildError::ShuttingDown)?;
        Ok(answer.await.map_err(|_| RebuildError::ShuttingDown)??)
    }

    /// Returns how far every projection and event handler has come, and every partition of a projection that is divided, by name.
    pub fn status(&self) -> Vec<Status> {
        let mut all: Vec<_> = self.0.all_subscribed().iter().flat_map(Subscribed::statuses).collect();
        all.sort_by_key(|status| status.name);
        all
    }
}
