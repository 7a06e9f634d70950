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
pub trait Transport: Send + Sync + 'static {
    /// Takes responsibility for messages, in order, and waits while there is no room. A dropped future may leave a
    /// part of them published.
    fn publish(&self, messages: Vec<EncodedMessage>) -> BoxFuture<'_, Result<(), PublishError>>;

    /// Adds a consumer to a group; the group is made if it is new and the bus allows it.
    /// [`BusError::NotExclusive`] if the consumer, or one that is there, is to be the only one.
    fn consume(&self, options: ConsumerOptions) -> BoxFuture<'_, Result<Box<dyn Consumer>, BusError>>;

    /// The dead letters of a group, the oldest first, at most `limit`.
    fn dead_letters<'a>(
        &'a self,
        group: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, BusError>>;

    /// Gives a dead letter to its group once more, behind what waits there; `false` if there is none of this message
    /// id.
    fn retry_dead_letter<'a>(
        &'a self,
        group: &'a str,
        message: Uuid,
    ) -> BoxFuture<'a, Result<bool, BusError>>;

    /// Removes a dead letter for good; `false` if there is none of this message id.
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
    /// The next message; `None` once the bus is closed and nothing is left. It waits as long as it takes, reconnects
    /// by itself where there is something to connect to, and loses nothing when its future is dropped. An error is
    /// for good.
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Delivery>, BusError>>;
}

/// Settles one delivery. Dropping it gives the message back.
pub trait Settle: Send + Sync + 'static {
    /// Lets the bus forget the message.
    fn acknowledge(self: Box<Self>) -> BoxFuture<'static, Result<(), BusError>>;

    /// Lets the bus keep the message aside; it must not be possible to lose it in between.
    fn dead_letter(self: Box<Self>, letter: DeadLetter) -> BoxFuture<'static, Result<(), BusError>>;
}
