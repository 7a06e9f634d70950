//! What a bus carries, as a value and as bytes.

use std::{fmt, sync::Arc};

use smol_str::SmolStr;
use uuid::Uuid;

use crate::message::{StreamId, Version};

use super::{BusError, CloudEventError};

/// Something a bus carries: a [`CommandMessage`](super::CommandMessage) or an
/// [`EventMessage`](super::EventMessage).
pub trait Message: Sized + Send + Sync + 'static {
    /// What it is, for counters and messages: `command` or `event`.
    const KIND: &'static str;

    /// Returns its identity, the same each time it is delivered.
    fn id(&self) -> Uuid;

    /// Returns its stored name.
    fn name(&self) -> &str;

    /// Returns what it is kept in order by: messages of one key never overtake each other.
    fn key(&self) -> SmolStr;

    /// Returns where it stands in which stream, if it stands in one: an [inbox](super::Listen::inbox) knows it by that.
    fn place(&self) -> Option<(&StreamId, Version)> {
        None
    }

    /// Returns the message as it travels, as a [`CloudEvent`](super::cloud_event).
    fn encode(&self) -> Result<EncodedMessage, BusError>;

    /// Returns the message as a value again.
    fn decode(message: &EncodedMessage) -> Result<Self, CloudEventError>;
}

/// A message as it travels: its content as bytes, and what a bus needs to know to route it.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodedMessage {
    /// Its identity.
    pub id: Uuid,
    /// Its stored name.
    pub name: SmolStr,
    /// What it is kept in order by.
    pub key: SmolStr,
    /// A [`CloudEvent`](super::cloud_event) in JSON, if it was published by this framework.
    pub body: Arc<[u8]>,
    /// The group for which it is on the bus once more, because somebody there retried its dead letter. Other groups have
    /// no use of it, and in this one later messages of its stream may have been handled already.
    pub retried_for: Option<SmolStr>,
}

impl EncodedMessage {
    /// Returns which of `count` partitions the message belongs to. It depends on the key alone and is the same in every
    /// process and version of this library, so that partitions can be stored in a broker. `count` is at least 1.
    pub fn partition(&self, count: usize) -> usize {
        remainder(stable_hash(&self.key), count)
    }

    /// The message as it is given to a group once more.
    pub(super) fn retried_for(&self, group: &str) -> Self {
        Self { retried_for: Some(group.into()), ..self.clone() }
    }

    /// Which of `count` workers of one listener handles the message. It is independent of the partition, so that
    /// the messages of few partitions still occupy all workers.
    pub(super) fn worker(&self, count: usize) -> usize {
        remainder(stable_hash(&self.key).rotate_left(32), count)
    }
}

/// It names the message and shows nothing of its content, which is nobody's who reads a log.
impl fmt::Debug for EncodedMessage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EncodedMessage")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("key", &self.key)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("retried_for", &self.retried_for)
            .finish()
    }
}

fn remainder(hash: u64, count: usize) -> usize {
    // The remainder is below `count`, so it fits again.
    usize::try_from(hash % (count.max(1) as u64)).unwrap_or_default()
}

/// FNV-1a, with the finishing step of `MurmurHash3`, which spreads short keys over all bits.
fn stable_hash(key: &str) -> u64 {
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn message(key: usize) -> EncodedMessage {
        EncodedMessage {
            id: Uuid::nil(),
            name: "any".into(),
            key: key.to_string().into(),
            body: Arc::default(),
            retried_for: None,
        }
    }

    #[test]
    fn the_partition_of_a_key_is_fixed_for_ever() {
        let partitions: Vec<_> = (0..8).map(|key| message(key).partition(64)).collect();
        assert_eq!(partitions, PARTITIONS_OF_VERSION_0_1);
    }

    /// Brokers store it: a change of these numbers loses the order of messages under way.
    const PARTITIONS_OF_VERSION_0_1: [usize; 8] = [44, 22, 14, 2, 52, 57, 29, 23];

    #[test]
    fn the_keys_of_one_partition_occupy_all_workers() {
        let workers: HashSet<_> = (0..1000)
            .map(message)
            .filter(|message| message.partition(8) == 3)
            .map(|message| message.worker(8))
            .collect();
        assert_eq!(workers.len(), 8);
    }
}
