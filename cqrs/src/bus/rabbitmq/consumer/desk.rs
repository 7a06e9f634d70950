//! What a consumer has of the bus: its partitions, and the messages in them.

use std::{
    collections::{BTreeMap, btree_map::RangeMut},
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use jiff::Timestamp;
use lapin::types::ShortString;
use tokio::sync::Notify;

use crate::bus::{EncodedMessage, rabbitmq::outlet::Outlet};

use super::{
    partition::{Entry, Origin, Partition, State},
    place::Place,
};

/// The partitions of a consumer.
///
/// Invariant: what belongs to a generation of a partition that is not here (any more) is stale, and changes nothing.
/// Whoever waits has registered with `changed` before looking, and whoever changes something notifies afterwards. The
/// lock is never held while waiting.
pub(in crate::bus::rabbitmq) struct Desk {
    held: Mutex<Held>,
    changed: Notify,
    prefetch: usize,
    /// The queue of the dead letters.
    pub(super) dead: ShortString,
}

/// A message that was taken, and where it was.
pub(super) struct Taken {
    pub(super) place: Place,
    pub(super) number: u64,
    pub(super) message: EncodedMessage,
    pub(super) redeliveries: u32,
}

#[derive(Default)]
struct Held {
    partitions: BTreeMap<u16, Partition>,
    /// Where to look first, so that no partition starves.
    next: u16,
    last_generation: u64,
    /// The last number of a dead letter, which give their order.
    last_order: u64,
    ended: bool,
}

impl Held {
    fn at(&mut self, place: Place) -> Option<&mut Partition> {
        self.partitions.get_mut(&place.partition).filter(|partition| partition.generation == place.generation)
    }

    /// What is next in any partition, the one after the last first.
    fn take(&mut self) -> Option<Taken> {
        let behind = take(self.partitions.range_mut(self.next..));
        let taken = behind.or_else(|| take(self.partitions.range_mut(..self.next)))?;
        self.next = taken.place.partition.wrapping_add(1);
        Some(taken)
    }
}

/// What is next in the first of these partitions that has something.
fn take(mut partitions: RangeMut<'_, u16, Partition>) -> Option<Taken> {
    partitions.find_map(|(index, partition)| {
        let place = Place { partition: *index, generation: partition.generation };
        let (number, entry) = partition.take()?;
        Some(Taken { place, number, message: entry.message.clone(), redeliveries: entry.redeliveries })
    })
}

impl Desk {
    pub(super) fn new(prefetch: usize, dead: ShortString) -> Self {
        Self { held: Mutex::default(), changed: Notify::new(), prefetch: prefetch.max(1), dead }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // Nothing panics while it holds the lock; a poisoned one would still hold a whole state.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at a partition, if it is still owned as it was then.
    pub(super) fn peek<T>(&self, place: Place, look: impl FnOnce(&mut Partition) -> T) -> Option<T> {
        self.lock().at(place).map(look)
    }

    /// Changes a partition, if it is still owned as it was then.
    pub(super) fn at<T>(&self, place: Place, work: impl FnOnce(&mut Partition) -> T) -> Option<T> {
        let done = self.lock().at(place).map(work);
        self.changed.notify_waiters();
        done
    }

    /// Adds a partition that is owned from now on.
    pub(super) fn add(&self, index: u16, make: impl FnOnce(Place) -> Partition) -> Place {
        let mut held = self.lock();
        held.last_generation += 1;
        let place = Place { partition: index, generation: held.last_generation };
        held.partitions.insert(index, make(place));
        place
    }

    /// Forgets a partition that is no longer owned; what was handed out of it is stale.
    pub(in crate::bus::rabbitmq) fn lose(&self, place: Place) {
        let mut held = self.lock();
        let lost = held.at(place).is_some().then(|| held.partitions.remove(&place.partition));
        drop(held);
        drop(lost);
        self.changed.notify_waiters();
    }

    pub(super) fn lose_all(&self) {
        let lost = std::mem::take(&mut self.lock().partitions);
        drop(lost);
        self.changed.notify_waiters();
    }

    pub(super) fn push(&self, place: Place, message: EncodedMessage, redeliveries: u32, tag: u64) {
        let entry = Entry::new(message, redeliveries, Origin::Queue(tag));
        self.at(place, |partition| partition.push(entry));
    }

    /// The next message, or `None` in it at the end; pending while there is neither. It is in hand from then on.
    pub(super) fn look(&self) -> Poll<Option<Taken>> {
        let mut held = self.lock();
        let in_hand: usize = held.partitions.values().map(Partition::in_hand).sum();
        match if in_hand < self.prefetch { held.take() } else { None } {
            Some(taken) => Poll::Ready(Some(taken)),
            None if held.ended => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    /// Waits until `look` finds something, and looks again whenever something has changed.
    pub(super) async fn when<T>(&self, mut look: impl FnMut() -> Poll<T>) -> T {
        loop {
            let mut change = pin!(self.changed.notified());
            change.as_mut().enable();
            if let Poll::Ready(found) = look() {
                return found;
            }
            change.await;
        }
    }

    /// A number for a dead letter, after all others of its partition.
    pub(super) fn order(&self) -> u64 {
        let mut held = self.lock();
        let now = u64::try_from(Timestamp::now().as_microsecond()).unwrap_or_default();
        held.last_order = now.max(held.last_order + 1);
        held.last_order
    }

    /// There are dead letters up to this number.
    pub(super) fn order_after(&self, order: u64) {
        let mut held = self.lock();
        held.last_order = held.last_order.max(order);
    }

    /// The partitions that are owned, but for those on their way to others.
    pub(super) fn kept(&self) -> usize {
        self.lock().partitions.values().filter(|partition| partition.state != State::Leaving).count()
    }

    pub(super) fn has(&self, index: u16) -> bool {
        self.lock().partitions.contains_key(&index)
    }

    /// Gives up so many partitions: nothing new is handed out of them.
    pub(super) fn give_up(&self, count: usize) {
        let mut held = self.lock();
        let kept = held.partitions.values_mut().rev().filter(|partition| partition.state != State::Leaving);
        kept.take(count).for_each(|partition| partition.state = State::Leaving);
    }

    /// Takes out the partitions that were given up and of which nothing is in hand.
    pub(super) fn given_up(&self) -> Vec<(u16, Outlet)> {
        let mut held = self.lock();
        let done = |partition: &Partition| partition.state == State::Leaving && partition.in_hand() == 0;
        let gone = held.partitions.extract_if(.., |_, partition| done(partition));
        let gone = gone.map(|(index, partition)| (index, partition.outlet.clone())).collect();
        drop(held);
        self.changed.notify_waiters();
        gone
    }

    /// The partitions in this state of which nothing is here.
    pub(super) fn empty(&self, state: State) -> Vec<Place> {
        let held = self.lock();
        let empty = |partition: &Partition| partition.state == state && partition.is_empty();
        let found = held.partitions.iter().filter(|(_, partition)| empty(partition));
        found
            .map(|(index, partition)| Place { partition: *index, generation: partition.generation })
            .collect()
    }

    /// Lets the consumer see the end once all its partitions have run dry.
    pub(super) fn end_if_dry(&self) {
        let mut held = self.lock();
        held.ended = held.partitions.values().all(|held| held.state == State::Dry && held.is_empty());
        drop(held);
        self.changed.notify_waiters();
    }
}
