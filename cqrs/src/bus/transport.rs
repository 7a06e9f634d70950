//! What carries messages: the part of a bus that differs between memory and brokers.

use futures_util::future::BoxFuture;
use smol_str::SmolStr;
use uuid::Uuid;

use super::{BusError, DeadLetter, Delivery, EncodedMessage, PublishError};

/// Carries encoded messages to groups of consumers.
///
/// A group gets every message published since the group was made, and shares it out among its consumers. What every
/// implementation promises:
///
/// - Messages of one key are handed out in the order they were published, and never to two consumers at a time: while
///   a consumer has a message of the key, later ones go to the same consumer or wait. (A broker does this with
///   [partitions](EncodedMessage::partition), each read by one consumer.)
/// - A message stays until it is settled. If its consumer or its delivery is dropped, it is handed out again, before
///   later messages of its key.
/// - No consumer has more unsettled messages than its prefetch.
/// - While a key has dead letters that [park](super::DeadLetterReason::parks) it, its other messages are
///   [`Standing::Parked`] to whoever has them, also after a restart of all consumers. A dead letter that is retried is
///   handed out although its key is parked, and the next one of the key follows when it is acknowledged; the key is free
///   when the last of them was.
pub trait Transport: Send + Sync + 'static {
    /// Takes responsibility for messages, in order, and waits while there is no room. A dropped future may leave a
    /// part of them published.
    fn publish(&self, messages: Vec<EncodedMessage>) -> BoxFuture<'_, Result<(), PublishError>>;

    /// Adds a consumer to a group; the group is made if it is new and the bus allows it.
    /// [`BusError::NotExclusive`] if the consumer, or one that is there, is to be the only one.
    fn consume(&self, options: ConsumerOptions) -> BoxFuture<'_, Result<Box<dyn Consumer>, BusError>>;

    /// Returns the dead letters of a group, the oldest first, at most `limit`.
    fn dead_letters<'a>(
        &'a self,
        group: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, BusError>>;

    /// Gives a dead letter to its group once more; `false` if there is none of this message id. If it parks its key, all
    /// dead letters of the key follow in order, beginning with the first; otherwise it goes behind what waits.
    fn retry_dead_letter<'a>(
        &'a self,
        group: &'a str,
        message: Uuid,
    ) -> BoxFuture<'a, Result<bool, BusError>>;

    /// Removes a dead letter for good; `false` if there is none of this message id. If it was the one that others of
    /// its key wait behind, these are retried.
    fn remove_dead_letter<'a>(
        &'a self,
        group: &'a str,
        message: Uuid,
    ) -> BoxFuture<'a, Result<bool, BusError>>;

    /// Accepts nothing any more. Consumers are still handed what waits, and then see the end.
    fn close(&self) -> BoxFuture<'_, Result<(), BusError>>;
}

/// How to consume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerOptions {
    /// The group to join.
    pub group: SmolStr,
    /// Whether to be its only consumer.
    pub exclusive: bool,
    /// How many unsettled messages to have at most; at least 1.
    pub prefetch: usize,
}

/// Is handed messages.
pub trait Consumer: Send {
    /// Returns the next message; `None` once the bus is closed and nothing is left. It waits as long as it takes, reconnects
    /// by itself where there is something to connect to, and loses nothing when its future is dropped. An error is
    /// for good.
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Delivery>, BusError>>;

    /// Goes away as a dropped consumer does, and waits until others can have what it had, if that takes a while.
    fn leave(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

/// Whether it is the turn of a message that was handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Handle it.
    Next,
    /// Make it a dead letter as [`Queued`](super::DeadLetterReason::Queued): its key is parked.
    Parked,
    /// Drop it: its consumer has lost it, and it is handed out again.
    TakenBack,
}

/// Settles one delivery. Dropping it gives the message back.
///
/// It fails only if the message was taken back, and then everything else that was handed out of its key was, too:
/// whatever can be mended by trying again is tried again here.
pub trait Settle: Send + Sync + 'static {
    /// Returns whether it is the message's turn, now.
    fn standing(&self) -> Standing;

    /// Lets the bus forget the message.
    fn acknowledge(self: Box<Self>) -> BoxFuture<'static, Result<(), BusError>>;

    /// Lets the bus keep the message aside; it must not be possible to lose it in between.
    fn dead_letter(self: Box<Self>, letter: DeadLetter) -> BoxFuture<'static, Result<(), BusError>>;
}
