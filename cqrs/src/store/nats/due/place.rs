//! Where a row stands among those of its owner: by time, then by key.
//!
//! A million of them are kept in memory. As a rule keys are ids of commands, which take sixteen bytes here, and thirty-six
//! as text; so a place takes thirty-two, whatever its key is.

use std::cmp::Ordering;

use jiff::Timestamp;
use uuid::{Uuid, fmt::Hyphenated};

/// Where a row stands among those of its owner.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Id { seconds: i64, nanoseconds: i32, id: [u8; 16] },
    Text { seconds: i64, nanoseconds: i32, key: Box<str> },
}

type Buffer = [u8; Hyphenated::LENGTH];
const BUFFER: Buffer = [0; Hyphenated::LENGTH];

impl Place {
    pub(super) fn new(due: Timestamp, key: &str) -> Self {
        let (seconds, nanoseconds) = parts(due);
        // Only if it is written as we write ids: every key must come out as it was.
        let id =
            Uuid::parse_str(key).ok().filter(|id| id.hyphenated().encode_lower(&mut BUFFER.clone()) == key);
        match id {
            Some(id) => Self::Id { seconds, nanoseconds, id: id.into_bytes() },
            None => Self::Text { seconds, nanoseconds, key: key.into() },
        }
    }

    pub(super) fn is_due_by(&self, time: Timestamp) -> bool {
        self.time() <= parts(time)
    }

    fn time(&self) -> (i64, i32) {
        let (Self::Id { seconds, nanoseconds, .. } | Self::Text { seconds, nanoseconds, .. }) = self;
        (*seconds, *nanoseconds)
    }

    fn key<'a>(&'a self, buffer: &'a mut Buffer) -> &'a str {
        match self {
            Self::Id { id, .. } => Uuid::from_bytes(*id).hyphenated().encode_lower(buffer),
            Self::Text { key, .. } => key,
        }
    }
}

/// In the order of time, also before 1970: then both are negative.
fn parts(time: Timestamp) -> (i64, i32) {
    (time.as_second(), time.subsec_nanosecond())
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        self.time().cmp(&other.time()).then_with(|| match (self, other) {
            // Their text has the same order.
            (Self::Id { id, .. }, Self::Id { id: other, .. }) => id.cmp(other),
            _ => self.key(&mut BUFFER.clone()).cmp(other.key(&mut BUFFER.clone())),
        })
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Place {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_in_the_order_of_their_times_and_of_the_text_of_their_keys() {
        let id = "0192f0c1-2345-7000-8000-00000000000a";
        let keys = ["", "0", &id[..35], id, &id.to_uppercase(), "0192f0c1-2345-7000-9", "a", "é", "{0192"];
        let times = ["-000001-01-01T00:00:00Z", "1969-12-31T23:59:58.5Z", "1969-12-31T23:59:58.7Z"];
        let later = ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000001Z", "9999-01-01T00:00:00Z"];
        let times: Vec<Timestamp> = times.iter().chain(&later).map(|time| time.parse().unwrap()).collect();
        let all: Vec<_> = times.iter().flat_map(|time| keys.map(|key| (*time, key))).collect();
        for (time, key) in &all {
            for (other_time, other_key) in &all {
                let order = Place::new(*time, key).cmp(&Place::new(*other_time, other_key));
                assert_eq!(
                    order,
                    (time, *key).cmp(&(other_time, *other_key)),
                    "{time} {key} {other_time} {other_key}"
                );
            }
        }
    }

    #[test]
    fn a_place_is_small() {
        assert_eq!(size_of::<Place>(), 32);
    }
}
