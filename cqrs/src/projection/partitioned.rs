//! Running a projection that is divided: each partition is a [`Projector`] of its own, run by the process that has its
//! lease, and [shared out](crate::subscription) so that every process has its fair part.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    message::Position,
    store::{Lease, PartitionStore, Store, StoreError},
    subscription::{Divided, Environment, Request, Running, Source, Taken, prepare_sharing},
};

use super::{InDatabase, projector::Projector};

struct Partitioned(Arc<dyn InDatabase>);

pub(super) fn prepare(projection: Arc<dyn InDatabase>, environment: &Environment) -> Running {
    let facts = projection.facts();
    let source = Source::new(environment, Some(facts.kinds), facts.handlers);
    prepare_sharing(Arc::new(Partitioned(projection)), source)
}

impl Divided for Partitioned {
    fn name(&self) -> &'static str {
        self.0.facts().name
    }

    fn parts(&self) -> &'static [&'static str] {
        self.0.facts().partitions
    }

    fn store<'a>(&self, store: &'a Arc<dyn Store>) -> Result<&'a dyn PartitionStore, StoreError> {
        self.0.partitions(store).ok_or(StoreError::Unsupported("divide a projection into partitions"))
    }

    fn begin<'a>(&'a self, store: &'a Arc<dyn Store>) -> BoxFuture<'a, Result<(), StoreError>> {
        async move { self.0.begin(store).await.map(drop) }.boxed()
    }

    fn rebuild<'a>(&'a self, store: &'a Arc<dyn Store>) -> BoxFuture<'a, Result<Position, StoreError>> {
        async move { Ok(self.0.rebuild(store).await?.position) }.boxed()
    }

    /// One whose batch is being committed is renewed the next time: nobody waits for it.
    fn renew<'a>(
        &'a self,
        store: &'a dyn PartitionStore,
        leases: &'a [Lease],
        duration: Duration,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let Some(owner) = leases.first().map(|lease| lease.owner) else { return Ok(()) };
            let is_held = |part: &&&str| leases.iter().any(|lease| lease.name == **part);
            let held: Vec<_> = self.parts().iter().filter(is_held).copied().collect();
            store.renew(&held, owner, duration).await
        }
        .boxed()
    }

    fn work(&self, index: usize, taken: Taken) -> (BoxFuture<'static, ()>, UnboundedSender<Request>) {
        let Taken { environment, status, lease, position, .. } = taken;
        let (projector, requests) =
            Projector::for_partition(Arc::clone(&self.0), &environment, index, status);
        (projector.own(lease, position).boxed(), requests)
    }
}
