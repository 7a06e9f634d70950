//! The task that takes messages from the bus and gives each to the worker of its key.

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use crate::bus::{BusError, Consumer, Delivery};

use super::phase::Phase;

/// Takes messages until told to stop, then waits for the workers.
///
/// Invariant: the consumer leaves last, since that gives back whatever the workers still have.
pub(super) struct Fetch {
    pub(super) consumer: Box<dyn Consumer>,
    pub(super) inboxes: Vec<mpsc::Sender<Delivery>>,
    pub(super) workers: JoinSet<()>,
    pub(super) phase: watch::Receiver<Phase>,
}

impl Fetch {
    pub(super) async fn run(mut self) -> Result<(), BusError> {
        let outcome = self.take_all().await;
        self.inboxes.clear();
        while self.workers.join_next().await.is_some() {}
        self.consumer.leave().await;
        outcome
    }

    async fn take_all(&mut self) -> Result<(), BusError> {
        loop {
            let delivery = tokio::select! {
                biased;
                // An error means that the handle was dropped, which stops, too.
                _ = self.phase.wait_for(|phase| *phase != Phase::Running) => return Ok(()),
                next = self.consumer.next() => next?,
            };
            let Some(delivery) = delivery else { return Ok(()) };
            let worker = delivery.message().worker(self.inboxes.len());
            // An inbox has room for the whole prefetch, so this does not wait; it fails only once the workers were
            // aborted, and then gives the message back.
            if self.inboxes[worker].send(delivery).await.is_err() {
                return Ok(());
            }
        }
    }
}
