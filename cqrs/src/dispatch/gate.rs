//! Letting commands in until the application shuts down, then waiting for those inside.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// The flag and the count share one number, so that nobody can enter between closing and counting.
const CLOSED: usize = 1 << (usize::BITS - 1);

#[derive(Debug, Default)]
pub(super) struct Gate {
    /// How many are inside, and [`CLOSED`] once nobody may enter.
    state: AtomicUsize,
    emptied: Notify,
    closing: Notify,
}

/// The right to be inside; dropping it leaves.
pub(super) struct Inside<'a>(&'a Gate);

impl Gate {
    pub(super) fn enter(&self) -> Option<Inside<'_>> {
        let inside = Inside(self);
        let before = self.state.fetch_add(1, Ordering::AcqRel);
        (before & CLOSED == 0).then_some(inside)
    }

    /// Lets nobody in any more, and resolves once everybody has left.
    pub(super) async fn close(&self) {
        self.state.fetch_or(CLOSED, Ordering::AcqRel);
        self.closing.notify_waiters();
        loop {
            let emptied = self.emptied.notified();
            tokio::pin!(emptied);
            emptied.as_mut().enable();
            if self.state.load(Ordering::Acquire) == CLOSED {
                return;
            }
            emptied.await;
        }
    }

    /// Resolves once nobody may enter any more.
    pub(super) async fn closed(&self) {
        let closing = self.closing.notified();
        tokio::pin!(closing);
        closing.as_mut().enable();
        if self.state.load(Ordering::Acquire) & CLOSED == 0 {
            closing.await;
        }
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        if self.0.state.fetch_sub(1, Ordering::AcqRel) == CLOSED + 1 {
            self.0.emptied.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::*;

    #[tokio::test]
    async fn closing_waits_for_those_inside_and_lets_nobody_in() {
        let gate = Arc::new(Gate::default());
        let inside = gate.enter().unwrap();
        let closing = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.close().await }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!closing.is_finished());
        assert!(gate.enter().is_none());
        drop(inside);
        closing.await.unwrap();
    }
}
