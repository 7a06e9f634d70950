//! What ends: a worker, all of them, this process's part in the projection.

use std::sync::Arc;

use tokio::task::{Id, JoinError};
use tracing::warn;

use crate::store::StoreError;

use super::{Sharing, slot::Slot, turns::partitions};

impl Sharing {
    /// A worker has ended: the lease is given back, unless it was lost.
    pub(super) async fn ended(&mut self, ended: Result<(Id, ()), JoinError>) {
        let (id, panicked) = match ended {
            Ok((id, ())) => (id, None),
            Err(error) => (error.id(), Some(error)),
        };
        let Some(slot) = self.slots.iter_mut().find(|slot| slot.is_run_by(id)) else { return };
        if let Some(lease) = slot.end()
            && let Err(error) = self.source.environment().store.release_lease(&lease).await
        {
            warn!(partition = slot.name, %error, "the partition is free when its lease ends");
        }
        if let Some(panicked) = panicked {
            warn!(partition = slot.name, %panicked, "a partition's worker panicked");
        }
    }

    /// Finishes the batches under way, and gives everything back.
    async fn stop_all(&mut self) {
        self.slots.iter_mut().for_each(Slot::stop);
        while let Some(ended) = self.workers.join_next_with_id().await {
            self.ended(ended).await;
        }
    }

    pub(super) async fn rebuild(&mut self) -> Result<(), StoreError> {
        self.stop_all().await;
        let store = Arc::clone(&self.source.environment().store);
        let subscription = self.projection.rebuild(&store).await?;
        self.slots.iter().for_each(|slot| slot.status.restart(subscription.position));
        Ok(())
    }

    pub(super) async fn leave(&mut self) {
        self.stop_all().await;
        let environment = self.source.environment();
        let left = match partitions(&*self.projection, &environment.store) {
            Ok(store) => store.leave(self.projection.facts().name, environment.owner).await,
            Err(error) => Err(error),
        };
        if let Err(error) = left {
            warn!(projection = self.projection.facts().name, %error, "others learn that this process has left when its time is over");
        }
    }
}
