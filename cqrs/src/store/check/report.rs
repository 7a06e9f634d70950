//! What a check finds.

use smol_str::SmolStr;

use crate::{event::StoredEvent, message::Position};

use super::Damage;

/// How many bytes the damage in a report takes at most, and how many its types: a store that is damaged from end to end, or
/// that has as many types as events, must not fill the memory of the process that checks it.
const MOST_BYTES: usize = 1 << 20;

/// What a line takes beside its texts, about.
const LINE_BYTES: usize = 100;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// How many events there are.
    pub events: u64,
    /// What is wrong; empty for a sound store.
    pub damage: Vec<Damage>,
    /// How many more places are damaged: those that are listed take a megabyte at most.
    pub damage_left_out: u64,
    /// The types of the events that can be read, in the order in which they first occur. Which of them the program does
    /// not know, [`Registry::unknown`](crate::registry::Registry::unknown) tells.
    pub types: Vec<StoredType>,
    /// How many events are of types beyond those, which are a megabyte at most.
    pub events_of_types_left_out: u64,
    damage_bytes: usize,
    type_bytes: usize,
}

/// A type of event, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredType {
    /// The stored name.
    pub name: SmolStr,
    /// The version of the payload's schema.
    pub schema_version: u32,
    /// How many events there are of it.
    pub events: u64,
    /// Where the first of them stands.
    pub first: Position,
}

impl CheckReport {
    /// Returns whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty() && self.damage_left_out == 0
    }

    /// One more event, and what is wrong with it.
    pub(crate) fn take_in(&mut self, position: Position, event: Result<StoredEvent<'_>, String>) {
        self.events += 1;
        match event {
            Ok(event) => self.count(&event),
            Err(what) => self.add(Damage::Event { position, what }),
        }
    }

    /// One more thing that is wrong.
    pub(crate) fn add(&mut self, damage: Damage) {
        let bytes = LINE_BYTES + damage.to_string().len();
        if self.damage_bytes + bytes > MOST_BYTES {
            self.damage_left_out += 1;
        } else {
            self.damage_bytes += bytes;
            self.damage.push(damage);
        }
    }

    fn count(&mut self, event: &StoredEvent<'_>) {
        let same = |known: &&mut StoredType| {
            known.name == event.name && known.schema_version == event.schema_version
        };
        let bytes = LINE_BYTES + event.name.len();
        match self.types.iter_mut().find(same) {
            Some(known) => known.events += 1,
            None if self.type_bytes + bytes > MOST_BYTES => self.events_of_types_left_out += 1,
            None => {
                self.type_bytes += bytes;
                self.types.push(StoredType {
                    name: event.name.into(),
                    schema_version: event.schema_version,
                    events: 1,
                    first: event.position,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_lists_a_megabyte_of_problems_and_counts_the_rest() {
        let mut report = CheckReport::default();
        for _ in 0..5_000 {
            report.take_in(Position::new(1), Err("x".repeat(10_000)));
        }
        let listed = report.damage.len() as u64;
        assert!((80..120).contains(&listed), "{listed} are listed");
        assert_eq!(listed + report.damage_left_out, 5_000);
        assert!(!report.is_sound());
    }

    #[test]
    fn a_report_whose_only_problem_is_too_long_to_list_is_not_sound() {
        let mut report = CheckReport::default();
        report.add(Damage::File { what: "x".repeat(5 << 20) });
        assert!(report.damage.is_empty() && !report.is_sound());
    }
}
