//! Making `UUIDv7`s: 48 bits of time, a counter of 42 bits, and 32 random bits.
//!
//! Invariant: each is greater than all that this process made before, whatever its clock does. Within a millisecond the
//! counter sees to that; it begins at a random number, so that two processes hardly ever count alike.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use uuid::Uuid;

/// How many bits the counter has.
const COUNTER: u32 = 42;

/// With how many it begins: the bit above is room to count.
const BEGINNING: u32 = COUNTER - 1;

/// What was made last.
#[derive(Clone, Copy)]
struct Last {
    millisecond: u64,
    counter: u64,
}

static LAST: Mutex<Last> = Mutex::new(Last { millisecond: 0, counter: 0 });

/// A new id of this time, or of the time of the last one if that is later.
pub(super) fn at(time: Timestamp) -> Uuid {
    make(u64::try_from(time.as_millisecond()).unwrap_or_default())
}

/// A new id of the time of the last one.
pub(super) fn next() -> Uuid {
    make(0)
}

fn make(millisecond: u64) -> Uuid {
    let random = Uuid::new_v4().as_u128();
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let counter = last.counter + 1;
    // All numbers of a millisecond were given out: the next one is begun early.
    let millisecond = millisecond.max(last.millisecond + (counter >> COUNTER));
    *last = if millisecond > last.millisecond {
        Last { millisecond, counter: low(random >> 80, BEGINNING) }
    } else {
        Last { millisecond, counter }
    };
    layout(*last, low(random, 32))
}

/// As RFC 9562 lays it out: the time, the version, 12 bits, the variant, 62 bits.
fn layout(Last { millisecond, counter }: Last, random: u64) -> Uuid {
    let high = millisecond << 16 | 0x7 << 12 | counter >> 30;
    let low = 0b10 << 62 | (counter & ((1 << 30) - 1)) << 32 | random;
    Uuid::from_u64_pair(high, low)
}

#[allow(clippy::cast_possible_truncation, reason = "the upper bits are masked")]
fn low(random: u128, bits: u32) -> u64 {
    random as u64 & ((1 << bits) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_of_version_7_and_tells_its_time() {
        let time = Timestamp::now();
        let id = at(time);
        assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
        let (seconds, _) = id.get_timestamp().unwrap().to_unix();
        assert!(seconds >= time.as_second().unsigned_abs());
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_smaller_ids() {
        let now = Timestamp::now();
        let (first, second, third) = (at(now), at(Timestamp::UNIX_EPOCH), next());
        assert!(first < second && second < third);
    }

    #[test]
    fn numbers_and_times_fill_their_places_and_no_others() {
        let most = Last { millisecond: (1 << 48) - 1, counter: (1 << COUNTER) - 1 };
        let (most, least) =
            (layout(most, u64::from(u32::MAX)), layout(Last { millisecond: 0, counter: 0 }, 0));
        assert_eq!(most.to_string(), "ffffffff-ffff-7fff-bfff-ffffffffffff");
        assert_eq!(least.to_string(), "00000000-0000-7000-8000-000000000000");
    }
}
