//! The rules of the due table, without a store.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use jiff::Timestamp;

use super::{Due, DueKey, DueKind, DueQuery};

/// Everything that waits, by key and by time.
#[derive(Clone, Debug, Default)]
pub struct KeptSchedule {
    rows: BTreeMap<DueKey, Due>,
    /// By kind, owner, time and key: what a query reads is in one piece for each owner.
    by_time: BTreeSet<Place>,
}

type Place = (DueKind, String, Timestamp, String);

impl KeptSchedule {
    /// Enters a row, unless one waits under its key: that one is returned.
    pub fn set(&mut self, due: Due) -> Option<Due> {
        let waiting = self.find(&due.key).cloned();
        if waiting.is_none() {
            self.replace(due);
        }
        waiting
    }

    /// Enters a row, in place of the one that waits under its key.
    pub fn replace(&mut self, due: Due) {
        self.remove(&due.key);
        self.by_time.insert(place(&due));
        self.rows.insert(due.key.clone(), due);
    }

    /// Replaces a row by another, if it is as it was read; else `false`.
    pub fn change(&mut self, read: &Due, to: Due) -> bool {
        let is_there = self.find(&read.key) == Some(read);
        if is_there {
            self.replace(to);
        }
        is_there
    }

    /// Removes a row; `false` if there is none.
    pub fn remove(&mut self, key: &DueKey) -> bool {
        self.rows.remove(key).is_some_and(|due| self.by_time.remove(&place(&due)))
    }

    /// Returns the row that waits under a key.
    pub fn find(&self, key: &DueKey) -> Option<&Due> {
        self.rows.get(key)
    }

    /// Returns the first rows that a query wants, `limit` at most.
    pub fn page(&self, query: &DueQuery, limit: usize) -> Vec<Due> {
        let mut rows: Vec<&Due> =
            query.owners.iter().flat_map(|owner| self.of_owner(query, owner).take(limit)).collect();
        rows.sort_unstable_by_key(|due| (due.due, &due.key));
        rows.dedup_by_key(|due| &due.key);
        rows.into_iter().take(limit).cloned().collect()
    }

    /// Returns for whom something of a kind waits, sorted.
    pub fn owners(&self, kind: DueKind) -> Vec<String> {
        let mut owners = Vec::new();
        let mut from = (kind, String::new(), Timestamp::MIN, String::new());
        while let Some((found, owner, ..)) = self.by_time.range(from.clone()..).next()
            && *found == kind
        {
            owners.push(owner.clone());
            // No text is between an owner and the same with a NUL behind it.
            from.1 = format!("{owner}\0");
        }
        owners
    }

    fn of_owner<'a>(&'a self, query: &DueQuery, owner: &str) -> impl Iterator<Item = &'a Due> {
        let at = |time, key| (query.kind, owner.to_owned(), time, key);
        let begin = match &query.after {
            Some((time, key)) => Bound::Excluded(at(*time, key.clone())),
            None => Bound::Included(at(Timestamp::MIN, String::new())),
        };
        let (kind, owner, until) = (query.kind, owner.to_owned(), query.until);
        let wanted = move |place: &&Place| {
            place.0 == kind && place.1 == owner && until.is_none_or(|until| place.2 <= until)
        };
        let places = self.by_time.range((begin, Bound::Unbounded)).take_while(wanted);
        places.filter_map(|(kind, _, _, key)| self.rows.get(&DueKey::new(*kind, key.clone())))
    }
}

fn place(due: &Due) -> Place {
    (due.key.kind, due.owner.clone(), due.due, due.key.key.clone())
}
