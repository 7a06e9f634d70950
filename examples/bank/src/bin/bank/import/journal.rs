//! What has been done so far, and what was wrong.

use std::{
    error::Error,
    fmt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

use cqrs::{dispatch::Receipt, store::CommandFailure};

use super::progress::Progress;

/// What has been done so far: counted, shown as it goes on, and what was wrong reported at once.
pub(super) struct Journal {
    file: PathBuf,
    progress: Progress,
    started: Instant,
    opened: AtomicU64,
    booked: AtomicU64,
    repeated: AtomicU64,
    sent: AtomicU64,
    bad: AtomicU64,
}

/// What was done in all.
pub(super) struct Summary {
    opened: u64,
    booked: u64,
    repeated: u64,
    sent: u64,
    bad: u64,
    took: Duration,
}

impl Journal {
    /// Begins with nothing done of a file of `size` bytes.
    pub(super) fn new(file: &Path, size: u64) -> Self {
        Self {
            file: file.to_owned(),
            progress: Progress::new(size),
            started: Instant::now(),
            opened: AtomicU64::new(0),
            booked: AtomicU64::new(0),
            repeated: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            bad: AtomicU64::new(0),
        }
    }

    pub(super) fn has_read(&self, bytes: u64) {
        self.progress.reached(bytes);
    }

    pub(super) fn opened(&self, receipt: &Receipt) {
        self.opened.fetch_add(u64::from(!receipt.repeated), Relaxed);
    }

    pub(super) fn booked(&self, receipt: &Receipt) {
        let counter = if receipt.repeated { &self.repeated } else { &self.booked };
        counter.fetch_add(1, Relaxed);
        self.progress.row();
    }

    /// A row went out over the bus.
    pub(super) fn sent(&self) {
        self.sent.fetch_add(1, Relaxed);
        self.progress.row();
    }

    /// Reports a command that somebody at the other end of the bus refused.
    pub(super) fn refused(&self, failure: &CommandFailure) {
        self.bad.fetch_add(1, Relaxed);
        let stream = failure.stream.as_ref().map_or_else(|| "no stream".to_owned(), ToString::to_string);
        self.progress.print(&format!("{stream}: {}: {}", failure.name, failure.error));
    }

    /// Reports a row that was not booked: where it stands and why, down to the first cause.
    pub(super) fn bad_row(&self, line: u64, reason: &dyn Error) {
        self.bad.fetch_add(1, Relaxed);
        self.progress.row();
        self.progress.print(&format!("{}:{line}: {}", self.file.display(), Chain(reason)));
    }

    /// Ends the display.
    pub(super) fn end(&self) {
        self.progress.end();
    }

    /// Whether every row was booked.
    pub(super) fn is_clean(&self) -> bool {
        self.bad.load(Relaxed) == 0
    }

    pub(super) fn summary(&self) -> Summary {
        Summary {
            opened: self.opened.load(Relaxed),
            booked: self.booked.load(Relaxed),
            repeated: self.repeated.load(Relaxed),
            sent: self.sent.load(Relaxed),
            bad: self.bad.load(Relaxed),
            took: self.started.elapsed(),
        }
    }
}

/// An error with its causes in one line.
struct Chain<'a>(&'a dyn Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut error = Some(self.0);
        let mut separator = "";
        while let Some(cause) = error {
            write!(formatter, "{separator}{cause}")?;
            (separator, error) = (": ", cause.source());
        }
        Ok(())
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { opened, booked, repeated, sent, bad, took } = self;
        let (rows, seconds) = (booked + repeated + bad, took.as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "a rate is read by people")]
        let rate = rows as f64 / seconds.max(0.001);
        if *sent > 0 {
            #[expect(clippy::cast_precision_loss, reason = "a rate is read by people")]
            let rate = *sent as f64 / seconds.max(0.001);
            writeln!(formatter, "{sent} rows sent and handled in {seconds:.1} s, {rate:.0} rows/s")?;
            return write!(formatter, "  {bad} bad or refused rows");
        }
        writeln!(formatter, "{rows} rows in {seconds:.1} s, {rate:.0} rows/s")?;
        writeln!(formatter, "  {opened} accounts opened")?;
        writeln!(formatter, "  {booked} rows booked")?;
        writeln!(formatter, "  {repeated} rows booked before")?;
        write!(formatter, "  {bad} bad rows")
    }
}
