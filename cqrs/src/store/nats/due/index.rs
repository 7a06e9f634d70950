//! The order of what waits, without what is to be done: derived from the messages, one after the other.
//!
//! Invariant: whatever is there, and was stored as one of the messages read so far, has its entry. Not every entry is still
//! there: that a message has gone is not told, and found out when it is fetched.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use crate::store::{DueKind, DueQuery};

use super::{place::Place, queue::Queue};

/// Where a row stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) kind: DueKind,
    pub(super) owner: Box<str>,
    pub(super) place: Place,
}

/// An entry: where a row stands, and the sequence number of its message.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) spot: Spot,
    pub(super) sequence: u64,
}

/// Everything that waits, by kind and owner.
#[derive(Default)]
pub(super) struct Index {
    queues: BTreeMap<(DueKind, Box<str>), Queue>,
    entries: u64,
    /// How many messages are of kinds that this release does not know.
    unknown: u64,
    /// The sequence number of the last message that was read.
    pub(super) reached: u64,
}

impl Index {
    /// A later message on the same spot is the present one.
    pub(super) fn enter(&mut self, entry: Entry) {
        let Entry { spot: Spot { kind, owner, place }, sequence } = entry;
        let is_new = self.queues.entry((kind, owner)).or_default().insert(place, sequence);
        self.entries += u64::from(is_new);
    }

    /// A message is of a kind that this release does not know.
    pub(super) fn pass(&mut self) {
        self.unknown += 1;
    }

    /// How many messages are known of.
    pub(super) fn len(&self) -> u64 {
        self.entries + self.unknown
    }

    /// The message of an entry has gone.
    pub(super) fn leave(&mut self, entry: &Entry) {
        let queue_key = (entry.spot.kind, entry.spot.owner.clone());
        let Some(queue) = self.queues.get_mut(&queue_key) else { return };
        self.entries -= u64::from(queue.remove(&entry.spot.place, entry.sequence));
        if queue.is_empty() {
            self.queues.remove(&queue_key);
        }
    }

    /// The first entries that a query wants, `limit` at most.
    pub(super) fn page(&self, query: &DueQuery, limit: usize) -> Vec<Entry> {
        let owners: BTreeSet<&str> = query.owners.iter().map(String::as_str).collect();
        let mut found: Vec<_> =
            owners.into_iter().flat_map(|owner| self.of_owner(query, owner).take(limit)).collect();
        found.sort_unstable_by_key(|(_, place, _)| *place);
        found.truncate(limit);
        let entry = |(owner, place, sequence): (&str, &Place, u64)| Entry {
            spot: Spot { kind: query.kind, owner: owner.into(), place: place.clone() },
            sequence,
        };
        found.into_iter().map(entry).collect()
    }

    fn of_owner<'a>(
        &'a self,
        query: &'a DueQuery,
        owner: &str,
    ) -> impl Iterator<Item = (&'a str, &'a Place, u64)> {
        let begin = query.after.as_ref().map(|(time, key)| Place::new(*time, key));
        let begin = begin.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let queue = self.queues.get_key_value(&(query.kind, owner.into()));
        let rows = queue.map(move |((_, owner), queue)| {
            queue.after(begin).map(|(place, sequence)| (&**owner, place, sequence))
        });
        rows.into_iter()
            .flatten()
            .take_while(|(_, place, _)| query.until.is_none_or(|until| place.is_due_by(until)))
    }

    /// The first entry of each owner for whom something of a kind waits, by owner.
    pub(super) fn firsts(&self, kind: DueKind) -> Vec<Entry> {
        let of_kind = self.queues.iter().filter(|((of, _), _)| *of == kind);
        let first = |((_, owner), queue): (&(DueKind, Box<str>), &Queue)| {
            let (place, sequence) = queue.first()?;
            let spot = Spot { kind, owner: owner.clone(), place: place.clone() };
            Some(Entry { spot, sequence })
        };
        of_kind.filter_map(first).collect()
    }
}
