//! How many dead letters to have from the broker at a time.
//!
//! A broker counts messages and not their bytes, and what it has sent is in memory. So their number follows from how large
//! the letters are that come.

/// How many bytes of letters to have at a time, as far as it goes by their number: one may come.
pub(super) const MOST_BYTES: usize = 64 << 20;

/// How large a letter is held to be until the first has come.
const UNKNOWN: usize = 4 << 20;

/// How large letters are of late.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    largest: usize,
}

impl Sizes {
    /// One of so many bytes came. A large one is forgotten over some hundreds of smaller ones.
    pub(super) fn saw(&mut self, size: usize) {
        self.largest = size.max(self.largest - self.largest / 64).max(1);
    }

    /// How many to have at a time, at most so many.
    pub(super) fn width(&self, most: usize) -> u16 {
        let size = if self.largest == 0 { UNKNOWN } else { self.largest };
        let width = (MOST_BYTES / size).clamp(1, most.max(1));
        u16::try_from(width).unwrap_or(u16::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_ones_narrow_at_once_and_small_ones_widen_after_a_while() {
        let mut sizes = Sizes::default();
        assert_eq!(sizes.width(64), 16, "nothing is known yet");
        sizes.saw(1_000);
        assert_eq!((sizes.width(64), sizes.width(1)), (64, 1));
        sizes.saw(15 << 20);
        assert_eq!(sizes.width(64), 4);
        let until_wide = (0..).take_while(|_| {
            sizes.saw(1_000);
            sizes.width(64) < 64
        });
        assert!((100..1_000).contains(&until_wide.count()));
    }
}
