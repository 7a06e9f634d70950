//! The entries of one owner, sorted, in runs of some hundreds.
//!
//! A million entries of forty bytes are to take little more than forty megabytes. A B-tree of small nodes, which entries in
//! ascending order leave half empty, takes twice that; a run is full before another begins.

use std::{iter, ops::Bound};

use super::place::Place;

/// How many entries a run has at most.
const LONGEST: usize = 512;

/// By how many entries a run grows at most: there is never room for more than that in vain.
const STEP: usize = 64;

type Run = Vec<(Place, u64)>;

/// The sequence numbers of messages, by place. No run is empty.
#[derive(Default)]
pub(super) struct Queue(Vec<Run>);

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn first(&self) -> Option<(&Place, u64)> {
        self.after(Bound::Unbounded).next()
    }

    /// Enters a sequence number; `false` if there was one at that place.
    pub(super) fn insert(&mut self, place: Place, sequence: u64) -> bool {
        let at = self.run_of(&place);
        if at == self.0.len() {
            self.0.push(Vec::new());
        }
        match find(&self.0[at], &place) {
            Ok(index) => {
                self.0[at][index].1 = sequence;
                false
            }
            Err(index) => {
                self.enter(at, index, (place, sequence));
                true
            }
        }
    }

    fn enter(&mut self, at: usize, index: usize, entry: (Place, u64)) {
        let (at, index) = self.room_at(at, index);
        let run = &mut self.0[at];
        if run.len() == run.capacity() {
            run.reserve_exact(run.len().clamp(1, STEP));
        }
        run.insert(index, entry);
    }

    /// Where an entry goes that belongs at this index of a run.
    fn room_at(&mut self, at: usize, index: usize) -> (usize, usize) {
        if self.0[at].len() < LONGEST {
            return (at, index);
        }
        if index == LONGEST && self.0.get(at + 1).is_some_and(|next| next.len() < LONGEST) {
            return (at + 1, 0);
        }
        // What comes in about ascending order leaves full runs behind.
        let left = index.max(LONGEST / 2);
        let rest = self.0[at].split_off(left);
        self.0[at].shrink_to_fit();
        self.0.insert(at + 1, rest);
        if index < left { (at, index) } else { (at + 1, index - left) }
    }

    /// Removes a sequence number; `false` if it is not at that place.
    pub(super) fn remove(&mut self, place: &Place, sequence: u64) -> bool {
        let at = self.run_of(place);
        let Some(run) = self.0.get_mut(at) else { return false };
        let found = find(run, place).ok().filter(|index| run[*index].1 == sequence);
        let Some(index) = found else { return false };
        run.remove(index);
        if run.is_empty() {
            self.0.remove(at);
        } else if run.len() * 4 < run.capacity() {
            run.shrink_to(run.len() * 2);
        }
        true
    }

    /// What stands behind a place, in order.
    pub(super) fn after<'a>(
        &'a self,
        begin: Bound<&Place>,
    ) -> impl Iterator<Item = (&'a Place, u64)> + use<'a> {
        let (at, index) = match begin {
            Bound::Unbounded => (0, 0),
            Bound::Included(place) | Bound::Excluded(place) => {
                let at = self.run_of(place);
                let found = self.0.get(at).map_or(Err(0), |run| find(run, place));
                let is_there = matches!((found, begin), (Ok(_), Bound::Excluded(_)));
                (at, found.unwrap_or_else(|index| index) + usize::from(is_there))
            }
        };
        let first = self.0.get(at).map_or(&[][..], |run| &run[index..]);
        let others = self.0.iter().skip(at + 1).flat_map(|run| &**run);
        iter::chain(first, others).map(|(place, sequence)| (place, *sequence))
    }

    /// The last run that begins at or before a place, or the first of all.
    fn run_of(&self, place: &Place) -> usize {
        self.0.partition_point(|run| run[0].0 <= *place).saturating_sub(1)
    }
}

fn find(run: &[(Place, u64)], place: &Place) -> Result<usize, usize> {
    run.binary_search_by(|(found, _)| found.cmp(place))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;

    fn place(number: i64) -> Place {
        Place::new(Timestamp::from_second(number).unwrap(), "")
    }

    fn content(queue: &Queue, begin: Bound<&Place>) -> Vec<(Place, u64)> {
        queue.after(begin).map(|(place, sequence)| (place.clone(), sequence)).collect()
    }

    /// Up, down and across, and away again.
    #[test]
    fn a_queue_is_a_sorted_map() {
        let numbers =
            (0..3_000).chain((-3_000..0).rev()).chain((0..6_000).map(|number| number * 7_919 % 9_001));
        let (mut queue, mut map) = (Queue::default(), BTreeMap::new());
        for (number, sequence) in numbers.zip(1..) {
            let is_new = map.insert(place(number), sequence).is_none();
            assert_eq!(queue.insert(place(number), sequence), is_new);
        }
        for number in (-3_001..9_001).map(|number| number * 4_001 % 9_001) {
            let sequence = map.get(&place(number)).copied();
            assert!(!queue.remove(&place(number), 0), "another message stands there");
            assert_eq!(queue.remove(&place(number), sequence.unwrap_or(1)), sequence.is_some());
            map.remove(&place(number));
            if number % 500 == 0 {
                let begin = place(number / 2);
                for begin in [Bound::Unbounded, Bound::Included(&begin), Bound::Excluded(&begin)] {
                    let expected: Vec<_> = map
                        .range((begin, Bound::Unbounded))
                        .map(|(place, at)| (place.clone(), *at))
                        .collect();
                    assert_eq!(content(&queue, begin), expected);
                }
            }
        }
        assert_eq!(queue.is_empty(), map.is_empty());
    }

    /// In order, about in order, and in none.
    #[test]
    fn runs_have_little_room_for_what_is_not_there() {
        const COUNT: i64 = 100_003;
        for number in [|number| number, |number| number ^ 0x7f, |number| number * 7_919 % COUNT] {
            let mut queue = Queue::default();
            for number in (0..COUNT).map(number) {
                queue.insert(place(number), 1);
            }
            let room: usize = queue.0.iter().map(Vec::capacity).sum();
            assert!(room < 115_000 && queue.0.len() < 500, "{room} in {} runs", queue.0.len());
        }
    }
}
