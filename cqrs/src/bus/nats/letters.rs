//! The dead letters of a partition, in the order of their messages.
//!
//! The entry of a partition is one message, and there may be tens of thousands of letters. So most of them are on pages
//! beside it, which never change: the entry says which there are. A letter is *loose* if the entry itself holds it.
//!
//! Invariant: a letter is on one page or loose. What is taken from a page makes the others of it loose, and the page goes.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use uuid::Uuid;

/// How many letters make a page. Twice as many are loose at most.
pub(super) const PAGE: usize = 100;

/// A message that could not be handled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Letter {
    /// The sequence number of its message.
    pub(super) sequence: u64,
    /// Where what it carries is kept.
    pub(super) copy: u64,
    /// Where the parts of its content are kept, if it did not fit into one message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) parts: Vec<u64>,
    pub(super) id: Uuid,
    /// The bounded form of its key.
    pub(super) key: SmolStr,
    /// Whether later messages of its key wait behind it.
    pub(super) parks: bool,
    /// The page it is on.
    #[serde(skip)]
    page: Option<u64>,
}

impl Letter {
    pub(super) fn new(sequence: u64, carried: Carried, id: Uuid, key: SmolStr, parks: bool) -> Self {
        let Carried { copy, parts } = carried;
        Self { sequence, copy, parts, id, key, parks, page: None }
    }

    pub(super) fn carried(&self) -> Carried {
        Carried { copy: self.copy, parts: self.parts.clone() }
    }
}

/// Where what a dead letter carries is kept: a message, and others with the parts of its content if that is too large.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Carried {
    pub(super) copy: u64,
    pub(super) parts: Vec<u64>,
}

/// The dead letters of a partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Letters(Arc<Vec<Letter>>);

impl Letters {
    /// Those that are loose, and those of pages by the numbers of these.
    pub(super) fn of(loose: Vec<Letter>, pages: impl IntoIterator<Item = (u64, Vec<Letter>)>) -> Self {
        let mut all = loose;
        for (page, letters) in pages {
            all.extend(letters.into_iter().map(|letter| Letter { page: Some(page), ..letter }));
        }
        all.sort_by_key(|letter| letter.sequence);
        Self(Arc::new(all))
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Letter> {
        self.0.iter()
    }

    pub(super) fn position(&self, wanted: impl Fn(&Letter) -> bool) -> Option<usize> {
        self.0.iter().position(wanted)
    }

    pub(super) fn insert(&mut self, letter: Letter) {
        let place = self.0.partition_point(|other| other.sequence < letter.sequence);
        Arc::make_mut(&mut self.0).insert(place, letter);
    }

    pub(super) fn remove(&mut self, index: usize) -> Letter {
        let letters = Arc::make_mut(&mut self.0);
        let removed = letters.remove(index);
        if removed.page.is_some() {
            let torn = letters.iter_mut().filter(|letter| letter.page == removed.page);
            torn.for_each(|letter| letter.page = None);
        }
        removed
    }

    /// The pages there are.
    pub(super) fn pages(&self) -> BTreeSet<u64> {
        self.0.iter().filter_map(|letter| letter.page).collect()
    }

    /// The letters of each page.
    pub(super) fn by_page(&self) -> HashMap<u64, Vec<Letter>> {
        let mut pages: HashMap<_, Vec<_>> = HashMap::new();
        for letter in self.0.iter() {
            if let Some(page) = letter.page {
                pages.entry(page).or_default().push(letter.clone());
            }
        }
        pages
    }

    pub(super) fn loose(&self) -> impl DoubleEndedIterator<Item = &Letter> {
        self.0.iter().filter(|letter| letter.page.is_none())
    }

    /// The letters to make a page of, if too many are loose: the last, since the first are dealt with first.
    pub(super) fn surplus(&self) -> Option<Vec<Letter>> {
        let too_many = self.loose().nth(2 * PAGE).is_some();
        let last = || self.loose().rev().take(PAGE).cloned().collect::<Vec<_>>();
        too_many.then(last)
    }

    /// These letters are on a page now.
    pub(super) fn file(&mut self, letters: &[Letter], page: u64) {
        let filed: BTreeSet<_> = letters.iter().map(|letter| letter.sequence).collect();
        let all = Arc::make_mut(&mut self.0);
        all.iter_mut()
            .filter(|letter| filed.contains(&letter.sequence))
            .for_each(|letter| letter.page = Some(page));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(sequence: u64) -> Letter {
        let carried = Carried { copy: sequence, parts: Vec::new() };
        Letter::new(sequence, carried, Uuid::from_u128(sequence.into()), "key".into(), false)
    }

    #[test]
    fn whatever_comes_and_goes_few_letters_are_loose_and_none_is_lost() {
        let mut letters = Letters::default();
        let mut page = 1_000_000;
        let mut there = BTreeSet::new();
        for step in 0..3_000_u64 {
            let sequence = step.wrapping_mul(7_919) % 10_007;
            if there.insert(sequence) {
                letters.insert(letter(sequence));
            }
            if step % 3 == 0 {
                let removed = letters.remove(usize::try_from(step).unwrap() % there.len());
                assert!(there.remove(&removed.sequence));
            }
            while let Some(surplus) = letters.surplus() {
                page += 1;
                letters.file(&surplus, page);
            }
            assert!(letters.loose().count() <= 2 * PAGE);
        }
        assert!(letters.pages().len() > 5);
        let (loose, pages) = (letters.loose().cloned().collect(), letters.by_page());
        assert_eq!(Letters::of(loose, pages), letters, "they come back as they were");
        assert!(letters.iter().map(|letter| letter.sequence).eq(there));
    }
}
