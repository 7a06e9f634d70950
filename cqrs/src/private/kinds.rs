//! Looking through kinds of event at compile time.

use crate::event::{EventKind, EventKinds};

use super::text::same;

/// The kind at `index`.
pub(super) const fn nth(kinds: EventKinds, index: usize) -> Option<&'static EventKind> {
    match kinds {
        EventKinds::These(kinds) if index < kinds.len() => Some(&kinds[index]),
        EventKinds::These(_) => None,
        EventKinds::AllOf(sets) => {
            let (mut before, mut set) = (0, 0);
            while set < sets.len() {
                let count = count(sets[set]);
                if index < before + count {
                    return nth(sets[set], index - before);
                }
                before += count;
                set += 1;
            }
            None
        }
    }
}

const fn count(kinds: EventKinds) -> usize {
    match kinds {
        EventKinds::These(kinds) => kinds.len(),
        EventKinds::AllOf(sets) => {
            let (mut sum, mut set) = (0, 0);
            while set < sets.len() {
                sum += count(sets[set]);
                set += 1;
            }
            sum
        }
    }
}

pub(super) const fn contains(kinds: EventKinds, name: &str) -> bool {
    let mut index = 0;
    while let Some(kind) = nth(kinds, index) {
        if same(kind.name, name) {
            return true;
        }
        let mut alias = 0;
        while alias < kind.aliases.len() {
            if same(kind.aliases[alias], name) {
                return true;
            }
            alias += 1;
        }
        index += 1;
    }
    false
}
