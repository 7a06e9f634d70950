//! What was taken from a partition, and is in the hands of a member.

use std::{collections::BTreeMap, sync::Arc};

use smol_str::SmolStr;
use tokio::sync::OwnedSemaphorePermit;

use crate::bus::{
    EncodedMessage,
    bounded::bounded,
    nats::partition::{Partition, Taken},
};

/// What was taken from a partition.
pub(super) struct Hands {
    /// The entry as it was seen last.
    pub(super) seen: Partition,
    pub(super) ready: BTreeMap<u64, Item>,
    pub(super) out: BTreeMap<u64, Item>,
    pub(super) phase: Phase,
    /// Whether nothing was left after the bus was closed.
    pub(super) at_end: bool,
}

/// Whether more is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    /// What is out is settled, and then the partition is given up.
    Draining,
    Lost,
}

/// A message that was taken.
#[derive(Debug)]
pub(in crate::bus::nats) struct Item {
    pub(super) message: Arc<EncodedMessage>,
    /// The bounded form of its key.
    pub(super) key: SmolStr,
    pub(super) redeliveries: u32,
    /// Whether it is a dead letter that is tried again.
    pub(super) released: bool,
    /// Its share of the prefetch.
    _room: OwnedSemaphorePermit,
}

impl Item {
    pub(in crate::bus::nats) fn new(message: EncodedMessage, room: OwnedSemaphorePermit) -> Self {
        let key = bounded(&message.key);
        Self { message: Arc::new(message), key, redeliveries: 0, released: false, _room: room }
    }

    /// The same, taken before.
    pub(in crate::bus::nats) fn again(self, redeliveries: u32, released: bool) -> Self {
        Self { redeliveries, released, ..self }
    }
}

/// The partition has another owner.
#[derive(Debug)]
pub(in crate::bus::nats) struct Lost;

impl Hands {
    /// What was taken and is not here.
    pub(super) fn missing(&self) -> Vec<Taken> {
        let is_here = |sequence| self.ready.contains_key(sequence) || self.out.contains_key(sequence);
        self.seen.taken.iter().filter(|taken| !is_here(&taken.sequence)).cloned().collect()
    }
}
