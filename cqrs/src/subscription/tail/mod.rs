//! The end of the log, read once for all subscriptions of an application.
//!
//! Whoever has caught up wants the same few new events as everybody else who has. So there is one reader: the first
//! subscription that finds nothing more reads the log on for all of them, by the union of what they want, and the
//! others are served from the [`Window`]. A subscription that is far behind reads pages of its own, filtered by the
//! store, until it comes near; one that is slow holds up nobody, and falls out of the window. The window is bounded,
//! by events and by bytes.
//!
//! Invariants:
//!
//! - *Contiguous.* The window is extended only by a read that began at its end, for what everybody wanted when the read
//!   began, and up to where the store vouches that nothing more can appear below. When somebody comes to want more, the
//!   window is given up. So what it holds is what the store would have answered.
//! - *Awake.* A page is called complete only if no wake-up has come since before the last read began. A subscription
//!   marks its wake-ups as seen before it asks for a page, and sleeps after a complete one only: a wake-up either
//!   comes before the page, and then the page is read anew, or after it, and then ends the sleep.

mod window;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use crate::{
    event::RecordedEvent,
    message::Position,
    store::{PageEnd, Store, StoreError, read_page_within},
};

use super::wanted::Wanted;

use window::Window;

type Page = (Vec<RecordedEvent>, PageEnd);

/// The end of the log.
pub(crate) struct Tail {
    store: Arc<dyn Store>,
    /// Held by the one who reads for all.
    reading: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

struct State {
    /// None until somebody reads the end: telling those who listen costs each append something.
    wake_ups: Option<watch::Receiver<Position>>,
    /// What all want together.
    wanted: Arc<Wanted>,
    /// None until somebody has caught up.
    window: Option<Window>,
    /// When the last read began, if it found the end of the log.
    looked: Option<Instant>,
    /// For how long a look is good enough, should nobody be woken up.
    good_for: Duration,
}

impl Tail {
    pub(crate) fn of(store: Arc<dyn Store>) -> Self {
        let poll_interval = store.capabilities().poll_interval;
        let state = State {
            wake_ups: None,
            wanted: Arc::new(Wanted::NOTHING),
            window: None,
            looked: None,
            good_for: poll_interval.map_or(Duration::from_mins(1), |interval| interval / 2),
        };
        Self { store, reading: tokio::sync::Mutex::new(()), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A subscription begins, and wants these events from now on.
    pub(crate) fn join(&self, wanted: &Wanted) {
        let mut state = self.state();
        let union = state.wanted.or(wanted);
        if union != *state.wanted {
            state.wanted = Arc::new(union);
            state.give_up();
        }
    }

    /// The next events after a position: from the window, or read now.
    pub(crate) async fn page(
        &self,
        wanted: &Wanted,
        after: Position,
        limit: usize,
    ) -> Result<Page, StoreError> {
        if self.state().is_near(after) {
            if let Some(page) = self.state().held(wanted, after, limit) {
                return Ok(page);
            }
            if let Some(page) = self.page_of_all(wanted, after, limit).await? {
                return Ok(page);
            }
        }
        let (events, end) = read_page_within(&*self.store, &wanted.after(after), limit).await?;
        if end.complete {
            self.state().window.get_or_insert_with(|| Window::after(end.position));
        }
        Ok((events, end))
    }

    /// Reads on for all, unless somebody has done so by the time it is our turn. `None` if the window is of no use.
    async fn page_of_all(
        &self,
        wanted: &Wanted,
        after: Position,
        limit: usize,
    ) -> Result<Option<Page>, StoreError> {
        let _turn = self.reading.lock().await;
        if let Some(page) = self.state().held(wanted, after, limit) {
            return Ok(Some(page));
        }
        match self.read_on(limit).await {
            Ok(()) => {}
            // An event that cannot be read is no concern of those who do not want it.
            Err(StoreError::Decode(_)) => self.state().give_up(),
            Err(error) => return Err(error),
        }
        let mut state = self.state();
        let page = state.page(wanted, after, limit);
        if page.is_none() {
            state.give_up();
        }
        Ok(page)
    }

    /// Extends the window by one read.
    async fn read_on(&self, limit: usize) -> Result<(), StoreError> {
        let began = Instant::now();
        let Some((wanted, after)) = self.state().begin(&*self.store) else { return Ok(()) };
        let (events, end) = read_page_within(&*self.store, &wanted.after(after), limit).await?;
        let mut state = self.state();
        if !Arc::ptr_eq(&state.wanted, &wanted) {
            return Ok(());
        }
        state.looked = end.complete.then_some(began);
        if let Some(window) = &mut state.window {
            window.extend(events, end.position);
        }
        Ok(())
    }
}

impl State {
    /// Whether a subscription that has come so far is served from the window, or after the next read.
    fn is_near(&self, after: Position) -> bool {
        self.window.as_ref().is_some_and(|window| after >= window.start())
    }

    /// The window is of no more use. Whoever comes to the end of the log next begins another.
    fn give_up(&mut self) {
        (self.window, self.looked) = (None, None);
    }

    /// A read begins, which answers all wake-ups so far.
    fn begin(&mut self, store: &dyn Store) -> Option<(Arc<Wanted>, Position)> {
        let end = self.window.as_ref()?.end();
        self.wake_ups.get_or_insert_with(|| store.wake_ups()).mark_unchanged();
        self.looked = None;
        Some((Arc::clone(&self.wanted), end))
    }

    /// A page that needs no read: there are events in the window, or there is nothing more in the log.
    fn held(&self, wanted: &Wanted, after: Position, limit: usize) -> Option<Page> {
        let at_end = self.window.as_ref().is_some_and(|window| after == window.end());
        let fresh = || self.looked.is_some_and(|looked| looked.elapsed() < self.good_for);
        if at_end && !(self.is_all() && fresh()) {
            return None;
        }
        self.page(wanted, after, limit)
    }

    fn page(&self, wanted: &Wanted, after: Position, limit: usize) -> Option<Page> {
        let (events, mut end) = self.window.as_ref()?.page(wanted, after, limit)?;
        end.complete &= self.is_all();
        Some((events, end))
    }

    /// Whether nothing beyond the window is known to be there.
    fn is_all(&self) -> bool {
        // A store that is gone wakes nobody.
        let woken = || self.wake_ups.as_ref().is_some_and(|wake_ups| wake_ups.has_changed().unwrap_or(false));
        self.looked.is_some() && !woken()
    }
}
