//! Lines of bounded length.

use std::io::{self, BufRead, Read};

/// The longest line taken, in bytes; no booking comes near it.
pub(super) const LONGEST: usize = 4_096;

/// The lines of an input, one at a time. Memory stays bounded even where there is no end of line.
pub(super) struct Lines<R> {
    input: R,
    line: Vec<u8>,
    number: u64,
    bytes: u64,
}

/// A line without its end.
pub(super) enum Line<'a> {
    Whole(&'a [u8]),
    TooLong,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, line: Vec::new(), number: 0, bytes: 0 }
    }

    /// The number of the line given last, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// How many bytes have been read.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next line; `None` after the last.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        self.read_part()?;
        if self.line.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        if self.is_cut() {
            while self.is_cut() {
                self.line.clear();
                self.read_part()?;
            }
            return Ok(Some(Line::TooLong));
        }
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        Ok(Some(Line::Whole(line.strip_suffix(b"\r").unwrap_or(line))))
    }

    fn read_part(&mut self) -> io::Result<()> {
        let read = (&mut self.input).take(LONGEST as u64).read_until(b'\n', &mut self.line)?;
        self.bytes += read as u64;
        Ok(())
    }

    /// Whether the line goes on after what was read of it.
    fn is_cut(&self) -> bool {
        self.line.len() == LONGEST && !self.line.ends_with(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<(u64, Option<Vec<u8>>)> {
        let (mut lines, mut all) = (Lines::new(text), Vec::new());
        while let Some(line) = lines.next().unwrap() {
            let whole = match line {
                Line::Whole(line) => Some(line.to_vec()),
                Line::TooLong => None,
            };
            all.push((lines.number(), whole));
        }
        assert_eq!(lines.bytes(), text.len() as u64);
        all
    }

    fn whole(number: u64, text: &str) -> (u64, Option<Vec<u8>>) {
        (number, Some(text.as_bytes().to_vec()))
    }

    #[test]
    fn every_line_ends_in_one_of_the_usual_ways() {
        assert_eq!(lines(b"a\r\n\nb"), [whole(1, "a"), whole(2, ""), whole(3, "b")]);
        assert_eq!(lines(b"a\n"), [whole(1, "a")]);
        assert!(lines(b"").is_empty());
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_to_its_end() {
        for length in [LONGEST + 1, 2 * LONGEST, 3 * LONGEST + 7] {
            let text = format!("a\n{}\nb\n", "x".repeat(length));
            assert_eq!(lines(text.as_bytes()), [whole(1, "a"), (2, None), whole(3, "b")], "{length}");
        }
        assert_eq!(lines("x".repeat(LONGEST).as_bytes()), [(1, None)]);
        let fits = format!("{}\n", "x".repeat(LONGEST - 1));
        assert_eq!(lines(fits.as_bytes()), [whole(1, fits.trim_end())]);
    }
}
