//! The file: a line for each transaction.
//!
//! Invariant: what is in memory is what the lines say. A line is synced before it is applied, and before anybody is told; one
//! without its end was told to nobody, and goes when the file is opened again.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use cqrs::store::StoreError;

use crate::entry::{Content, Entry};

pub struct Journal {
    file: File,
    pub content: Content,
}

fn failed(operation: &'static str) -> impl Fn(io::Error) -> StoreError {
    move |error| StoreError::engine(operation, error)
}

impl Journal {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = open.map_err(failed("open the file"))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(failed("read the file"))?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64).map_err(failed("cut the file"))?;
        file.seek(SeekFrom::End(0)).map_err(failed("read the file"))?;
        let mut journal = Self { file, content: Content::default() };
        for line in text[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let entries: Vec<Entry> = serde_json::from_slice(line).map_err(|error| StoreError::Damaged {
                what: "a line of the file cannot be read".into(),
                source: Some(error.into()),
            })?;
            for entry in entries {
                journal.content.apply(entry);
            }
        }
        Ok(journal)
    }

    /// Keeps all of it, or nothing.
    pub fn commit(&mut self, entries: Vec<Entry>) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut line = serde_json::to_vec(&entries).map_err(|error| StoreError::engine("encode", error))?;
        line.push(b'\n');
        // Whether a line that could not be synced is there is known only when the file is opened again.
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        written.map_err(|error| StoreError::OutcomeUnknown(error.into()))?;
        for entry in entries {
            self.content.apply(entry);
        }
        Ok(())
    }
}
