//! Two lists that should be the same, and in a few words what is not.

use std::fmt::Debug;

/// So many differences are shown; the rest is counted.
const SHOWN: usize = 5;

/// Fails with what is missing, what is too much, and where the order differs: of some hundred events two lists would say
/// nothing.
#[track_caller]
pub(super) fn assert_same<T: PartialEq + Debug>(found: &[T], expected: &[T], what: &str) {
    if let Some(difference) = difference(found, expected) {
        panic!("{what}: {difference}");
    }
}

fn difference<T: PartialEq + Debug>(found: &[T], expected: &[T]) -> Option<String> {
    if found == expected {
        return None;
    }
    let less = |one: &[T], other: &[T]| {
        let mut left: Vec<&T> = other.iter().collect();
        let is_less = |item: &&T| match left.iter().position(|other| other == item) {
            Some(index) => {
                left.swap_remove(index);
                false
            }
            None => true,
        };
        shown(&one.iter().filter(is_less).collect::<Vec<_>>())
    };
    let (missing, surplus) = (less(expected, found), less(found, expected));
    let counts = format!("{} found, {} expected", found.len(), expected.len());
    Some(match (missing, surplus) {
        (None, None) => {
            let first = found.iter().zip(expected).position(|(one, other)| one != other).unwrap_or(0);
            format!("another order from number {} on: {:?} comes there ({counts})", first + 1, found[first])
        }
        (Some(missing), None) => format!("{missing} missing ({counts})"),
        (None, Some(surplus)) => format!("{surplus} too much ({counts})"),
        (Some(missing), Some(surplus)) => format!("{missing} missing, and {surplus} too much ({counts})"),
    })
}

fn shown<T: Debug>(items: &[&T]) -> Option<String> {
    let rest = items.len().saturating_sub(SHOWN);
    let first: Vec<_> = items.iter().take(SHOWN).map(|item| format!("{item:?}")).collect();
    match (first.is_empty(), rest) {
        (true, _) => None,
        (false, 0) => Some(first.join(", ")),
        (false, rest) => Some(format!("{} and {rest} more", first.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let text = |found: &[u8], expected: &[u8]| difference(found, expected).unwrap();
        assert!(difference(&[1, 2], &[1, 2]).is_none());
        assert_eq!(text(&[1, 3], &[1, 2, 3]), "2 missing (2 found, 3 expected)");
        assert_eq!(text(&[1, 1], &[1]), "1 too much (2 found, 1 expected)");
        assert_eq!(
            text(&[2, 1], &[1, 2]),
            "another order from number 1 on: 2 comes there (2 found, 2 expected)"
        );
        let many: Vec<u8> = (0..9).collect();
        assert_eq!(text(&[], &many), "0, 1, 2, 3, 4 and 4 more missing (0 found, 9 expected)");
    }
}
