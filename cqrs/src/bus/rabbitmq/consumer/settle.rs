//! How a message leaves the hands of a consumer.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::bus::{BusError, DeadLetter, DeadLetterReason, Delivery, Settle, Standing, bounded::bounded};

use super::{
    desk::{Desk, Taken},
    partition::{Origin, Release, Tried},
    place::Place,
};

/// Settles one message; dropped before, it gives the message back to the consumer.
///
/// Invariant: where the broker cannot be told, the whole partition is lost, since later messages of the key must not be
/// handled before this one has come again.
pub(super) struct RabbitSettle {
    desk: Arc<Desk>,
    place: Place,
    number: u64,
}

impl RabbitSettle {
    /// What was taken, as whoever handles it gets it.
    pub(super) fn deliver(desk: Arc<Desk>, taken: Taken) -> Delivery {
        let Taken { place, number, message, redeliveries } = taken;
        Delivery::new(message, redeliveries, Self { desk, place, number })
    }

    /// Tells the broker, or whoever tries a dead letter again, that the message is done with.
    async fn done(&self) -> Result<(), BusError> {
        let number = self.number;
        let settled = self.desk.at(self.place, |partition| {
            partition.settle(number).map(|entry| (entry.origin, partition.outlet.clone()))
        });
        match settled.flatten().ok_or(BusError::TakenBack)? {
            (Origin::Queue(tag), outlet) => self.desk.acknowledge(self.place, &outlet, tag).await,
            (Origin::DeadLetter(tried), _) => tried.send(Tried::Handled).map_err(|_| BusError::TakenBack),
        }
    }

    /// Keeps a message of the queue as a dead letter, and then acknowledges it. Its key is parked before.
    async fn bury(&self, letter: DeadLetter) -> Result<(), BusError> {
        let (place, key) = (self.place, bounded(&letter.message.key));
        if !letter.reason.parks() {
            self.desk.keep_dead_letter(place, &letter).await?;
            return self.done().await;
        }
        let parked = self.desk.at(place, |partition| partition.begin_to_bury(&key));
        let parked = parked.ok_or(BusError::TakenBack)?;
        self.desk.keep_dead_letter(place, &letter).await?;
        self.desk.at(place, |partition| partition.end_to_bury(&key));
        self.done().await?;
        // A key that was freed in the meantime has nothing to queue behind.
        if letter.reason == DeadLetterReason::Queued && !parked {
            self.desk.release(place, Release { key, tag: None });
        }
        Ok(())
    }

    /// Whether the message is a dead letter that is tried again; nothing if it was taken back.
    fn is_dead_letter(&self) -> Option<bool> {
        let is = |origin: &Origin| matches!(origin, Origin::DeadLetter(_));
        let number = self.number;
        self.desk
            .peek(self.place, |partition| partition.taken(number).map(|entry| is(&entry.origin)))
            .flatten()
    }

    /// Tells whoever tries a dead letter again that it failed once more.
    fn dead_again(&self, letter: DeadLetter) -> Result<(), BusError> {
        let number = self.number;
        match self.desk.at(self.place, |partition| partition.settle(number)).flatten() {
            Some(entry) => match entry.origin {
                Origin::DeadLetter(tried) => tried.send(Tried::Dead(letter)).map_err(|_| BusError::TakenBack),
                Origin::Queue(_) => Err(BusError::TakenBack),
            },
            None => Err(BusError::TakenBack),
        }
    }
}

impl Settle for RabbitSettle {
    fn standing(&self) -> Standing {
        let number = self.number;
        let standing = self.desk.peek(self.place, |partition| partition.standing(number));
        standing.unwrap_or(Standing::TakenBack)
    }

    fn acknowledge(self: Box<Self>) -> BoxFuture<'static, Result<(), BusError>> {
        Box::pin(async move { self.done().await })
    }

    fn dead_letter(self: Box<Self>, letter: DeadLetter) -> BoxFuture<'static, Result<(), BusError>> {
        Box::pin(async move {
            match self.is_dead_letter() {
                None => Err(BusError::TakenBack),
                Some(true) => self.dead_again(letter),
                Some(false) => self.bury(letter).await,
            }
        })
    }
}

/// What is settled is not there any more, so this changes nothing then.
impl Drop for RabbitSettle {
    fn drop(&mut self) {
        let number = self.number;
        self.desk.at(self.place, |partition| partition.give_back(number));
    }
}
