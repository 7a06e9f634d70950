//! What can go wrong on a bus.

use crate::{error_chain::because, event::JsonError, handler::BoxError};

use super::{EncodedMessage, bounded::bounded, outage};

/// Why a bus did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BusError {
    /// The bus was closed.
    #[error("the bus is closed")]
    Closed,
    /// Somebody listens to the group exclusively, or the group has listeners and was to be exclusive.
    #[error("group `{group}` has a listener, and one of the two wants to be the only one")]
    NotExclusive {
        /// The group.
        group: String,
    },
    /// The bus has no such group. A command bus has one only, since a command goes to one handler.
    #[error("the bus has no group `{group}`")]
    UnknownGroup {
        /// The group asked for.
        group: String,
    },
    /// The name cannot be used on the broker: it is too long, or has characters that it must not have.
    #[error("`{name}` cannot be used as a name on the broker")]
    Name {
        /// The name.
        name: String,
    },
    /// The bus exists, with another number of partitions. Messages of one key would lose their order.
    #[error("the bus exists, and was not made with {partitions} partitions{}", because(&**.source))]
    PartitionsDiffer {
        /// The number asked for.
        partitions: usize,
        /// What the broker says.
        #[source]
        source: BoxError,
    },
    /// The message cannot be written as JSON.
    #[error("the message `{name}` cannot be encoded{}", because(.source))]
    Encode {
        /// Its name.
        name: String,
        /// What is wrong with it.
        #[source]
        source: JsonError,
    },
    /// The message is larger than the bus ever takes. It was not sent.
    #[error(
        "the message `{name}` is too large for the bus: {what} {actual} bytes long, and {limit} are taken"
    )]
    TooLarge {
        /// Its name, cut if it is long.
        name: String,
        /// What of it is too large, such as `it is` or `its headers are`.
        what: &'static str,
        /// How many bytes it has.
        actual: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The broker does not take the message, and never will as it is.
    #[error("the broker refuses the message `{name}` for good{}", because(&**.source))]
    Refused {
        /// Its name, cut if it is long.
        name: String,
        /// What the broker says.
        #[source]
        source: BoxError,
    },
    /// The listener went away before the message was settled; the message is delivered again.
    #[error("the message was taken back by the bus before it was settled")]
    TakenBack,
    /// What carries the messages failed.
    #[error("the bus failed to {operation}{}", because(&**.source))]
    Transport {
        /// What it was doing.
        operation: &'static str,
        /// What it says.
        #[source]
        source: BoxError,
    },
}

impl BusError {
    /// Creates the error of what carries the messages, while it was to do `operation`.
    pub fn transport(operation: &'static str, source: impl Into<BoxError>) -> Self {
        Self::Transport { operation, source: source.into() }
    }

    /// Creates the error of a message of which something is larger than the bus ever takes.
    pub fn too_large(message: &EncodedMessage, what: &'static str, actual: usize, limit: usize) -> Self {
        Self::TooLarge { name: bounded(&message.name).into(), what, actual, limit }
    }

    /// Returns whether the fault is with what carries the messages and not with what it was asked: the broker is not reached,
    /// goes down, or has no room. Wait for it, if you can: it may come back by itself.
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Transport { source, .. } if outage::is_outage(&**source))
    }

    /// Returns whether it is about one message that can never be published as it is. Everything else may pass: whoever publishes
    /// again may succeed.
    pub fn is_for_good(&self) -> bool {
        matches!(self, Self::Encode { .. } | Self::TooLarge { .. } | Self::Refused { .. })
    }
}

/// Why not all messages of a publish were confirmed. Those before the first unconfirmed one are on the bus; publish
/// again from there. Later ones may be on it, too, and are then delivered twice.
#[derive(Debug, thiserror::Error)]
#[error("only the first {confirmed} messages were confirmed{}", because(.source))]
pub struct PublishError {
    /// How many messages, from the first on, were confirmed without a gap.
    pub confirmed: usize,
    /// What went wrong with the next one.
    #[source]
    pub source: BusError,
}
