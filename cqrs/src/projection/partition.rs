//! Which partition an event is for.

use crate::event::RecordedEvent;

use super::Facts;

/// The partition of an event. It depends on the key and the number of partitions alone, and never changes: it is part of
/// what is stored.
pub(super) fn partition_of(facts: &Facts, event: &RecordedEvent) -> usize {
    let number = facts.partitions.len().max(1) as u64;
    let index = digest((facts.partition_key)(event).as_bytes()) % number;
    usize::try_from(index).unwrap_or_default()
}

/// FNV-1a of 64 bits: short, the same everywhere, and even enough for a few partitions. The halves are folded together,
/// since its low bits alone know little of the last bytes.
fn digest(bytes: &[u8]) -> u64 {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_never_changes() {
        assert_eq!(digest(b""), 0xcbf2_9ce4_8422_2325 ^ 0xcbf2_9ce4);
        assert_eq!(digest(b"account/42") % 8, digest(b"account/42") % 8);
    }

    #[test]
    fn similar_keys_are_spread_evenly() {
        let mut counts = [0; 8];
        for key in 0..8_000 {
            let index = usize::try_from(digest(format!("account/{key}").as_bytes()) % 8).unwrap();
            counts[index] += 1;
        }
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
    }
}
