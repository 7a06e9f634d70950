//! The checkpoints of all slots of this process, moved together.
//!
//! Each slot stores how far it has come as often as a handler that is whole. While one statement is under way, what comes waits for the
//! next. Each checkpoint is moved under its own epoch, with the rows of its processes: that one is void says nothing of the others. One
//! that changes letters is a transaction of its own.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::store::{PartitionStore, Settlement, Store, StoreError, shared_out};

type Settled = Result<bool, StoreError>;
type Waiting = (Settlement, oneshot::Sender<Settled>);

/// Moves the checkpoints of all slots of this process.
pub(in crate::subscription::handling) struct Settler {
    store: Arc<dyn Store>,
    waiting: mpsc::UnboundedSender<Waiting>,
}

impl Settler {
    /// It works until it is dropped.
    pub(super) fn start(store: Arc<dyn Store>) -> Self {
        let (waiting, received) = mpsc::unbounded_channel();
        tokio::spawn(work(Arc::clone(&store), received));
        Self { store, waiting }
    }

    pub(in crate::subscription::handling) async fn settle(&self, settlement: Settlement) -> Settled {
        if !settlement.has_no_letters() {
            return self.store.settle(&settlement).await;
        }
        let (answer, answered) = oneshot::channel();
        match self.waiting.send((settlement, answer)) {
            Ok(()) => answered.await.unwrap_or(Err(StoreError::Closed)),
            Err(_) => Err(StoreError::Closed),
        }
    }
}

async fn work(store: Arc<dyn Store>, mut received: mpsc::UnboundedReceiver<Waiting>) {
    while let Some(first) = received.recv().await {
        let mut group = vec![first];
        while let Ok(next) = received.try_recv() {
            group.push(next);
        }
        let (settlements, answers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let settled = settle_all(&*store, &settlements).await;
        for (index, answer) in answers.into_iter().enumerate() {
            let its = settled.as_ref().map(|all| all[index]).map_err(Clone::clone);
            // Who does not wait any more has lost its slot.
            let _ = answer.send(its);
        }
    }
}

async fn settle_all(store: &dyn Store, settlements: &[Settlement]) -> Result<Vec<bool>, StoreError> {
    let shared: &dyn PartitionStore =
        shared_out(store).ok_or(StoreError::Unsupported("move checkpoints together"))?;
    shared.settle_all(settlements).await
}
