//! Which part a key is in.

/// The part of a key, of so many. It depends on these two alone, and never changes: it is part of what is stored.
pub(crate) fn part_of(key: &str, parts: usize) -> usize {
    usize::try_from(digest(key.as_bytes()) % parts.max(1) as u64).unwrap_or_default()
}

/// FNV-1a of 64 bits: short, the same everywhere, and even enough for a few parts. The halves are folded together,
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
    fn the_parts_of_keys_are_those_of_all_releases() {
        let keys = ["", "1", "2", "7", "42", "a/b", "0198c0de-0000-7000-8000-000000000001", "schön"];
        assert_eq!(keys.map(|key| part_of(key, 16)), [1, 0, 9, 10, 4, 8, 4, 7]);
        assert_eq!(keys.map(|key| part_of(key, 8)), [1, 0, 1, 2, 4, 0, 4, 7]);
    }

    #[test]
    fn similar_keys_are_spread_evenly() {
        for parts in [8, 16] {
            let mut counts = vec![0; parts];
            for key in 0..1_000 * parts {
                counts[part_of(&format!("account/{key}"), parts)] += 1;
            }
            assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
        }
    }
}
