//! The rows of a file.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::{Context, bail};
use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::{
    lines::{Line, Lines},
    row::{BadRow, COLUMNS, Row},
};

/// The rows of a file of bookings, one at a time.
pub(crate) struct Bookings<R> {
    lines: Lines<R>,
    record: ByteRecord,
}

/// Some editors write it at the beginning of a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Bookings<BufReader<File>> {
    /// Opens a file and reads its header, which must name the columns as they are expected.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let opened = File::open(path).map_err(anyhow::Error::from);
        opened
            .and_then(|file| Bookings::new(BufReader::with_capacity(1 << 16, file)))
            .with_context(|| format!("cannot read {}", path.display()))
    }
}

impl<R: BufRead> Bookings<R> {
    pub(super) fn new(input: R) -> anyhow::Result<Self> {
        let mut bookings = Self { lines: Lines::new(input), record: ByteRecord::new() };
        let header = match bookings.lines.next()? {
            Some(Line::Whole(line)) => line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line),
            Some(Line::TooLong) | None => b"",
        };
        split(header, &mut bookings.record)?;
        if !bookings.record.iter().eq(COLUMNS.iter().map(|column| column.as_bytes())) {
            bail!("its first line is not the header {}", COLUMNS.join(","));
        }
        Ok(bookings)
    }

    /// How many bytes have been read.
    pub(crate) fn bytes(&self) -> u64 {
        self.lines.bytes()
    }

    /// The next row, or the line that is none and why; `None` after the last. Empty lines are passed over.
    pub(crate) fn next(&mut self) -> anyhow::Result<Option<Result<Row, (u64, BadRow)>>> {
        loop {
            let Some(line) = self.lines.next()? else { return Ok(None) };
            let row = match line {
                Line::Whole(b"") => continue,
                Line::Whole(line) => {
                    split(line, &mut self.record)?;
                    Row::read(self.lines.number(), &self.record)
                }
                Line::TooLong => Err(BadRow::TooLong),
            };
            return Ok(Some(row.map_err(|bad| (self.lines.number(), bad))));
        }
    }
}

/// Splits one line. Each is parsed by itself, so that a quote without its partner cannot swallow the lines that follow.
fn split(line: &[u8], record: &mut ByteRecord) -> csv::Result<()> {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).terminator(Terminator::Any(b'\n')).buffer_capacity(256);
    record.clear();
    builder.from_reader(line).read_byte_record(record).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "transaction_id,account_id,date,kind,operation,amount,balance";

    fn outcomes(text: &[u8]) -> Vec<Result<u64, (u64, BadRow)>> {
        let (mut bookings, mut all) = (Bookings::new(text).unwrap(), Vec::new());
        while let Some(row) = bookings.next().unwrap() {
            all.push(row.map(|row| row.line));
        }
        all
    }

    #[test]
    fn a_bad_row_harms_none_but_itself() {
        let good = "1,1,2024-01-05,credit,\"cash, deposit\",1.00,1.00";
        let text = format!("\u{feff}{HEADER}\r\n{good}\r\n\n1,1,2024-01-05,credit,\"cash,1.00,1.00\n{good}");
        assert_eq!(outcomes(text.as_bytes()), [Ok(2), Err((4, BadRow::Columns { found: 5 })), Ok(5)]);
    }

    #[test]
    fn a_file_with_other_columns_is_refused() {
        for text in ["", "\n", "account_id,transaction_id", "1,1,2024-01-05,credit,interest,1.00,1.00"] {
            assert!(Bookings::new(text.as_bytes()).is_err(), "{text}");
        }
    }
}
