//! What a desk tells the broker: what is done with, and what is dead.

use std::{task::Poll, time::Duration};

use lapin::{options::BasicAckOptions, types::DeliveryTag};
use smol_str::SmolStr;
use tokio::{sync::oneshot, time::timeout};

use crate::{
    bus::{
        BusError, DeadLetter, EncodedMessage,
        rabbitmq::{dead_letters, outlet::Outlet, publishing::PublishRefusal},
        reconnect::Backoff,
    },
    error_chain::chain,
};

use super::{
    desk::Desk,
    partition::{Entry, Origin, Release, Tried},
    place::Place,
};

/// A broker that takes longer to answer is lost: the client may leave a request over a lost connection unanswered.
const PATIENCE: Duration = Duration::from_secs(30);

impl Desk {
    /// The channel of a partition, if it is still owned.
    pub(in crate::bus::rabbitmq) fn outlet(&self, place: Place) -> Option<Outlet> {
        self.peek(place, |partition| partition.outlet.clone())
    }

    /// Lets the broker forget a message. If it cannot be told, the partition is lost.
    pub(in crate::bus::rabbitmq) async fn acknowledge(
        &self,
        place: Place,
        outlet: &Outlet,
        tag: DeliveryTag,
    ) -> Result<(), BusError> {
        let acknowledged = timeout(PATIENCE, outlet.basic_ack(tag, BasicAckOptions::default())).await;
        let failed = |error: &dyn std::fmt::Display| {
            tracing::debug!(%error, "a message could not be acknowledged");
            self.lose(place);
            BusError::TakenBack
        };
        acknowledged.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
    }

    /// Publishes a dead letter. While the broker refuses it, it is tried again; if the broker is lost, so is the
    /// partition.
    pub(super) async fn keep_dead_letter(&self, place: Place, letter: &DeadLetter) -> Result<(), BusError> {
        let order = self.order();
        let mut backoff = Backoff::default();
        loop {
            let outlet = self.outlet(place).ok_or(BusError::TakenBack)?;
            let keeping = timeout(PATIENCE, dead_letters::keep(&outlet, self.dead.clone(), letter, order));
            let Err(error) = keeping.await.unwrap_or_else(|late| Err(late.into())) else {
                return Ok(());
            };
            if !error.is::<PublishRefusal>() {
                tracing::debug!(error = chain(&*error), "a dead letter could not be published");
                self.lose(place);
                return Err(BusError::TakenBack);
            }
            tracing::error!(error = chain(&*error), "the dead letters are full, and messages wait for that");
            tokio::time::sleep(backoff.next_pause()).await;
        }
    }

    /// Asks for the dead letters of a key to be tried again.
    pub(super) fn release(&self, place: Place, release: Release) {
        // The task that does it lives as long as the partition.
        self.peek(place, |partition| partition.releases.send(release).ok());
    }

    /// Hands a dead letter out again, and waits for what becomes of it; `None` if the partition is lost.
    pub(in crate::bus::rabbitmq) async fn try_again(
        &self,
        place: Place,
        message: EncodedMessage,
    ) -> Option<Tried> {
        let (tried, outcome) = oneshot::channel();
        let entry = Entry::new(message, 0, Origin::DeadLetter(tried));
        self.at(place, |partition| partition.push(entry))?;
        outcome.await.ok()
    }

    /// Parks a key, waits until no message of it is on its way to the dead letters, and tells how many ever went; `None`
    /// if the partition is lost.
    pub(in crate::bus::rabbitmq) async fn quiet(&self, place: Place, key: &SmolStr) -> Option<u64> {
        self.when(|| match self.peek(place, |partition| partition.quiet(key)) {
            None => Poll::Ready(None),
            Some(None) => Poll::Pending,
            Some(buried) => Poll::Ready(buried),
        })
        .await
    }

    /// Lets the messages of a key go on, unless one has become a dead letter since there were `buried`.
    pub(in crate::bus::rabbitmq) fn free(&self, place: Place, key: &str, buried: u64) -> bool {
        self.at(place, |partition| partition.free(key, buried)).unwrap_or(true)
    }
}
