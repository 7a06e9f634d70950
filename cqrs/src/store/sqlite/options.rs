//! How a SQLite store is opened.

use std::{path::Path, time::Duration};

use crate::store::StoreError;

use super::SqliteStore;

/// When a commit counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Synchronous {
    /// When it is on the disk: an acknowledged event survives a power cut. The default.
    #[default]
    Full,
    /// When the operating system has it: acknowledged events survive the end of the process, while a power cut may
    /// take the latest of them. The file stays sound.
    Normal,
    /// As [`Self::Normal`], and a power cut may damage the file. For tests and for data that can be made again.
    Off,
}

impl Synchronous {
    pub(super) fn pragma(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
            Self::Off => "OFF",
        }
    }
}

/// How a store is opened; every option has a default.
///
/// ```
/// use cqrs::store::sqlite::{SqliteStore, Synchronous};
///
/// let directory = tempfile::tempdir()?;
/// let store = SqliteStore::builder().synchronous(Synchronous::Normal).open(directory.path().join("bank.db"))?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    pub(super) synchronous: Synchronous,
    pub(super) max_group: usize,
    pub(super) busy_timeout: Duration,
    pub(super) readers: usize,
    pub(super) max_event_bytes: usize,
    pub(super) max_size: Option<u64>,
    pub(super) poll_interval: Duration,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            synchronous: Synchronous::Full,
            max_group: 256,
            busy_timeout: Duration::from_mins(1),
            readers: 4,
            max_event_bytes: 16 << 20,
            max_size: None,
            poll_interval: Duration::from_millis(100),
        }
    }
}

impl SqliteOptions {
    /// Sets when a commit counts as done; by default when it is on the disk.
    #[must_use]
    pub fn synchronous(self, synchronous: Synchronous) -> Self {
        Self { synchronous, ..self }
    }

    /// Sets how many appends at most share a transaction; 256 by default, and at least 1.
    #[must_use]
    pub fn max_group(self, appends: usize) -> Self {
        Self { max_group: appends.max(1), ..self }
    }

    /// Sets how long to wait for another process that has the store locked; a minute by default.
    #[must_use]
    pub fn busy_timeout(self, timeout: Duration) -> Self {
        Self { busy_timeout: timeout, ..self }
    }

    /// Sets how many pages are read at the same time at most; 4 by default, and at least 1.
    #[must_use]
    pub fn readers(self, readers: usize) -> Self {
        Self { readers: readers.max(1), ..self }
    }

    /// Sets how many bytes the payload of one event has at most; 16 MiB by default.
    #[must_use]
    pub fn max_event_bytes(self, bytes: usize) -> Self {
        Self { max_event_bytes: bytes, ..self }
    }

    /// Sets how many bytes the file has at most, rounded up to whole pages; without limit by default. A write that does
    /// not fit fails with [`StoreError::Full`].
    #[must_use]
    pub fn max_size(self, bytes: u64) -> Self {
        Self { max_size: Some(bytes), ..self }
    }

    /// Sets how often readers look for what other processes have written; ten times a second by default.
    #[must_use]
    pub fn poll_interval(self, interval: Duration) -> Self {
        Self { poll_interval: interval, ..self }
    }

    /// Opens the store, and makes it if there is no file.
    ///
    /// Fails with [`StoreError::Damaged`] for a file that is not a store, which it leaves as it is, with
    /// [`StoreError::NewerSchema`] for one of a newer version of this library, and with [`StoreError::Busy`] if
    /// another process keeps it locked. A path that means a database in memory (`:memory:`, or none at all) is refused with
    /// [`StoreError::Unsupported`]: [`MemoryStore`](crate::store::memory::MemoryStore) is the store in memory.
    pub fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, StoreError> {
        SqliteStore::open_with(path.as_ref(), self)
    }
}
