//! What ends: a worker, all of them, this process's part in the whole.

use std::sync::Arc;

use tokio::task::{Id, JoinError};
use tracing::warn;

use super::{Sharing, StoreError, slot::Slot};

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

    /// Finishes what is under way, and gives everything back.
    async fn stop_all(&mut self) {
        self.slots.iter_mut().for_each(Slot::stop);
        let third = self.third_of_lease();
        loop {
            match tokio::time::timeout(third, self.workers.join_next_with_id()).await {
                Ok(None) => return,
                Ok(Some(ended)) => self.ended(ended).await,
                Err(_) => self.keep_what_ends().await,
            }
        }
    }

    /// What is under way may take longer than a lease lasts.
    async fn keep_what_ends(&self) {
        let store = Arc::clone(&self.source.environment().store);
        let renewed = match self.divided.store(&store) {
            Ok(store) => self.renew(store).await,
            Err(error) => Err(error),
        };
        if let Err(error) = renewed {
            warn!(of = self.divided.name(), %error, "what this process still works on may be taken by others");
        }
    }

    pub(super) async fn rebuild(&mut self) -> Result<(), StoreError> {
        self.stop_all().await;
        let store = Arc::clone(&self.source.environment().store);
        let position = self.divided.rebuild(&store).await?;
        self.slots.iter().for_each(|slot| slot.status.restart(position));
        Ok(())
    }

    pub(super) async fn leave(&mut self) {
        self.stop_all().await;
        let environment = self.source.environment();
        let left = match self.divided.store(&environment.store) {
            Ok(store) => store.leave(self.divided.name(), environment.owner).await,
            Err(error) => Err(error),
        };
        if let Err(error) = left {
            warn!(of = self.divided.name(), %error, "others learn that this process has left when its time is over");
        }
    }
}
