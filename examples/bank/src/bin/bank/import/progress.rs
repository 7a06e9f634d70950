//! A bar on the terminal; nothing where there is none.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// How far the file has been read, how many rows a second that is, and how long it will take.
pub(super) struct Progress {
    bar: ProgressBar,
    rows: Arc<AtomicU64>,
}

impl Progress {
    /// A bar on standard error, for a file of `size` bytes.
    pub(super) fn new(size: u64) -> Self {
        let rows = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&rows);
        let style = ProgressStyle::with_template("{bar:30} {percent:>3}%  {rows}, {eta} left")
            .expect("a template that a test draws")
            .with_key("rows", move |state: &ProgressState, text: &mut dyn fmt::Write| {
                let rows = counted.load(Relaxed);
                #[expect(clippy::cast_precision_loss, reason = "a rate is read by people")]
                let rate = rows as f64 / state.elapsed().as_secs_f64().max(0.001);
                // A bar that cannot be drawn is not drawn; the work goes on.
                let _ = write!(text, "{rows} rows, {rate:.0} rows/s");
            });
        Self { bar: ProgressBar::new(size).with_style(style), rows }
    }

    pub(super) fn reached(&self, bytes: u64) {
        self.bar.set_position(bytes);
    }

    pub(super) fn row(&self) {
        self.rows.fetch_add(1, Relaxed);
    }

    /// Prints a line on standard error, above the bar if there is one.
    pub(super) fn print(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use indicatif::{InMemoryTerm, ProgressDrawTarget};

    use super::*;

    #[test]
    fn the_bar_shows_rows_rate_and_time_left() {
        let terminal = InMemoryTerm::new(4, 100);
        let progress = Progress::new(100);
        progress.bar.set_draw_target(ProgressDrawTarget::term_like(Box::new(terminal.clone())));
        progress.row();
        progress.reached(50);
        progress.bar.tick();
        let shown = terminal.contents();
        assert!(shown.contains("50%") && shown.contains("1 rows,") && shown.contains("left"), "{shown}");
    }
}
