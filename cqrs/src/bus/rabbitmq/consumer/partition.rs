//! One partition in the hands of its owner.

use std::collections::{BTreeMap, HashMap};

use lapin::types::{DeliveryTag, ShortString};
use smol_str::SmolStr;
use tokio::sync::{mpsc, oneshot};

use crate::bus::{DeadLetter, EncodedMessage, Standing, bounded::bounded, rabbitmq::outlet::Outlet};

use super::place::Place;

/// A message in the hands of a consumer.
pub(in crate::bus::rabbitmq) struct Entry {
    pub(super) message: EncodedMessage,
    /// The bounded form of its key, by which keys are parked.
    key: SmolStr,
    pub(super) redeliveries: u32,
    pub(super) origin: Origin,
}

impl Entry {
    pub(super) fn new(message: EncodedMessage, redeliveries: u32, origin: Origin) -> Self {
        let key = bounded(&message.key);
        Self { message, key, redeliveries, origin }
    }
}

/// Where a message comes from.
pub(super) enum Origin {
    /// From the queue, under this tag of the partition's channel.
    Queue(DeliveryTag),
    /// From the dead letters: whoever tries it again waits for what becomes of it.
    DeadLetter(oneshot::Sender<Tried>),
}

/// What became of a dead letter that was tried again. If nobody says, its partition was lost.
pub(in crate::bus::rabbitmq) enum Tried {
    Handled,
    Dead(DeadLetter),
}

/// A demand to try the dead letters of a key, in its bounded form, again.
pub(in crate::bus::rabbitmq) struct Release {
    pub(in crate::bus::rabbitmq) key: SmolStr,
    /// Under which tag it came, if it came over the queue.
    pub(in crate::bus::rabbitmq) tag: Option<DeliveryTag>,
}

/// A key whose messages have to wait.
#[derive(Default)]
pub(super) struct Parking {
    /// How many of its messages were begun to be made dead letters, ever.
    buried: u64,
    /// How many of them are not dead letters yet.
    burying: usize,
}

/// One partition in the hands of its owner.
///
/// Invariant: `waiting` and `taken` are what the broker has delivered and not got back, in order of their number, and the
/// dead letter that is tried. A key is in `parked` from before its first message is published as a dead letter until a
/// look at all dead letters, since which none was added, found no more of it.
pub(in crate::bus::rabbitmq) struct Partition {
    pub(super) generation: u64,
    pub(super) outlet: Outlet,
    pub(super) consumer_tag: ShortString,
    waiting: BTreeMap<u64, Entry>,
    taken: HashMap<u64, Entry>,
    parked: HashMap<SmolStr, Parking>,
    pub(super) releases: mpsc::UnboundedSender<Release>,
    last_number: u64,
    pub(super) state: State,
}

/// Whether a partition is still fed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Fed,
    /// It is for another consumer; what was handed out is still with us.
    Leaving,
    /// The bus is closed and the queue empty; what was on the way may still arrive.
    Cancelled,
    /// Nothing arrives any more.
    Dry,
}

impl Partition {
    pub(super) fn new(
        place: Place,
        outlet: Outlet,
        consumer_tag: ShortString,
        parked: impl IntoIterator<Item = SmolStr>,
        releases: mpsc::UnboundedSender<Release>,
    ) -> Self {
        let parked = parked.into_iter().map(|key| (key, Parking::default())).collect();
        Self {
            generation: place.generation,
            outlet,
            consumer_tag,
            waiting: BTreeMap::new(),
            taken: HashMap::new(),
            parked,
            releases,
            last_number: 0,
            state: State::Fed,
        }
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.last_number += 1;
        self.waiting.insert(self.last_number, entry);
    }

    /// The number and the message of what is next. Once the partition is for another, only what is tried again is
    /// handed out.
    pub(super) fn take(&mut self) -> Option<(u64, &Entry)> {
        let leaving = self.state == State::Leaving;
        let wanted = |entry: &Entry| !leaving || matches!(entry.origin, Origin::DeadLetter(_));
        let number = *self.waiting.iter().find(|(_, entry)| wanted(entry))?.0;
        let entry = self.waiting.remove(&number)?;
        Some((number, self.taken.entry(number).insert_entry(entry).into_mut()))
    }

    pub(super) fn standing(&self, number: u64) -> Standing {
        match self.taken.get(&number) {
            None => Standing::TakenBack,
            Some(Entry { origin: Origin::DeadLetter(_), .. }) => Standing::Next,
            Some(entry) if self.parked.contains_key(&entry.key) => Standing::Parked,
            Some(_) => Standing::Next,
        }
    }

    pub(super) fn taken(&self, number: u64) -> Option<&Entry> {
        self.taken.get(&number)
    }

    pub(super) fn settle(&mut self, number: u64) -> Option<Entry> {
        self.taken.remove(&number)
    }

    pub(super) fn give_back(&mut self, number: u64) -> bool {
        let Some(mut entry) = self.taken.remove(&number) else { return false };
        entry.redeliveries += 1;
        self.waiting.insert(number, entry);
        true
    }

    pub(super) fn in_hand(&self) -> usize {
        self.taken.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.taken.is_empty()
    }

    /// Parks a key, since a message of it is about to become a dead letter. Whether it was parked before.
    pub(super) fn begin_to_bury(&mut self, key: &SmolStr) -> bool {
        let known = self.parked.contains_key(key);
        let parking = self.parked.entry(key.clone()).or_default();
        parking.buried += 1;
        parking.burying += 1;
        known
    }

    pub(super) fn end_to_bury(&mut self, key: &str) {
        if let Some(parking) = self.parked.get_mut(key) {
            parking.burying = parking.burying.saturating_sub(1);
        }
    }

    /// How many messages of a key were ever made dead letters here, unless one is becoming it right now.
    pub(super) fn quiet(&mut self, key: &SmolStr) -> Option<u64> {
        let parking = self.parked.entry(key.clone()).or_default();
        (parking.burying == 0).then_some(parking.buried)
    }

    /// Lets the messages of a key go on, unless one has become a dead letter since there were `buried` of them.
    pub(super) fn free(&mut self, key: &str, buried: u64) -> bool {
        let quiet =
            self.parked.get(key).is_none_or(|parking| parking.burying == 0 && parking.buried == buried);
        if quiet {
            self.parked.remove(key);
        }
        quiet
    }
}
