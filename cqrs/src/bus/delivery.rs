//! A message in the hands of a listener.

use std::fmt;

use super::{BusError, DeadLetter, EncodedMessage, Settle, Standing};

/// A message in the hands of a listener, until it is acknowledged or becomes a dead letter. Dropping it gives it
/// back: the bus delivers it again, in its place among the messages of its key.
///
/// A consumer that gives a message back must also give back the later messages of its key, or the order is lost.
pub struct Delivery {
    message: EncodedMessage,
    redeliveries: u32,
    settle: Box<dyn Settle>,
}

impl Delivery {
    /// Creates a delivery, for an implementation of [`Transport`](super::Transport).
    pub fn new(message: EncodedMessage, redeliveries: u32, settle: impl Settle) -> Self {
        Self { message, redeliveries, settle: Box::new(settle) }
    }

    /// Returns the message.
    pub fn message(&self) -> &EncodedMessage {
        &self.message
    }

    /// Returns how often the message was delivered before without being settled, as far as the bus knows.
    pub fn redeliveries(&self) -> u32 {
        self.redeliveries
    }

    /// Returns whether it is this message's turn. Ask right before handling it: since it was handed out, an earlier message of
    /// its key may have been parked.
    pub fn standing(&self) -> Standing {
        self.settle.standing()
    }

    /// Says that the message was handled: the bus forgets it.
    pub async fn acknowledge(self) -> Result<(), BusError> {
        self.settle.acknowledge().await
    }

    /// Says that the message cannot be handled: the bus keeps it aside, with the reason. If the reason
    /// [parks](super::DeadLetterReason::parks), later messages of its key are [`Standing::Parked`] from now on.
    pub async fn dead_letter(self, letter: DeadLetter) -> Result<(), BusError> {
        self.settle.dead_letter(letter).await
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Delivery")
            .field("message", &self.message)
            .field("redeliveries", &self.redeliveries)
            .finish_non_exhaustive()
    }
}
