//! Who dispatches what is due.

use std::{collections::HashSet, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::watch;
use tracing::warn;

use crate::{
    dispatch::Core,
    error_chain::chain,
    store::{Due, DueKey, DueKind, DueQuery, StoreError},
    subscription::{Environment, SubscriptionSettings},
};

use super::{
    LONGEST_POLL, SHORTEST_POLL,
    firing::{fire, read},
    flight::{Fired, Flight},
    holding::Holding,
    look,
    rest::Rest,
};

/// How many commands are dispatched at a time.
const AT_ONCE: usize = 64;

/// How many pages are looked through for one that need not wait for its aggregate.
const PAGES: usize = 16;

/// Dispatches what is due, in one process at a time.
pub(crate) struct Poller {
    core: Arc<Core>,
    settings: SubscriptionSettings,
    shutdown: watch::Receiver<bool>,
    names: Vec<String>,
    /// How often to look for what others have scheduled.
    poll: Duration,
    holding: Holding,
    flight: Flight,
    unreadable: HashSet<DueKey>,
    /// What is done, and whose row is still there.
    done: Vec<DueKey>,
    /// How many looks in a row met something that is away.
    outages: u32,
    /// How long to wait for what is away.
    pause: Option<Duration>,
}

impl Poller {
    pub(crate) fn new(core: Arc<Core>, environment: &Environment) -> Self {
        let names = core.commands().names().map(ToOwned::to_owned).collect();
        let poll = core.store().capabilities().poll_interval.unwrap_or(LONGEST_POLL).max(SHORTEST_POLL);
        Self {
            core,
            settings: environment.settings,
            shutdown: environment.shutdown.clone(),
            names,
            poll,
            holding: Holding::new("cqrs/schedule", environment),
            flight: Flight::default(),
            unreadable: HashSet::new(),
            done: Vec::new(),
            outages: 0,
            pause: None,
        }
    }

    /// Works until the application shuts down; then ends what it has begun, and gives the lease back.
    pub(crate) async fn run(mut self) {
        let mut shutdown = self.shutdown.clone();
        while !*shutdown.borrow() {
            let rest = match self.pause.take() {
                // Also while others are under way: what has just failed would be begun again at once.
                Some(pause) => Rest::For(pause),
                None => self.turn().await.unwrap_or_else(|error| self.failed(&error)),
            };
            let clock = Arc::clone(self.core.clock());
            tokio::select! {
                biased;
                _ = shutdown.wait_for(|down| *down) => break,
                (key, fired) = self.flight.ended() => self.note_all(key, fired),
                () = self.core.scheduled() => {}
                () = rest.over(&*clock) => {}
            }
        }
        while !self.flight.is_empty() {
            let (key, fired) = self.flight.ended().await;
            self.note(key, fired);
        }
        if let Err(error) = self.end().await {
            warn!(
                error = chain(&error),
                "what was due and is done could not be removed: it is found done again"
            );
        }
    }

    /// Removes what is done, and begins what is due.
    async fn turn(&mut self) -> Result<Rest, StoreError> {
        self.remove_done().await?;
        let mut query = DueQuery::of(DueKind::Command, &self.names);
        // Before the look: what is due by then and was scheduled in time is seen, so that none overtakes it.
        let now = self.core.clock().now();
        for _ in 0..PAGES {
            let limit = self.flight.len() + self.unreadable.len() + AT_ONCE;
            let page = look(&**self.core.store(), &self.shutdown, &query, limit).await?;
            let Some(page) = page else { return Ok(self.rest(None)) };
            let next = page.iter().find(|row| row.due > now).map(|row| row.due);
            if page.first().is_some_and(|first| first.due <= now)
                && !self.holding.hold(&**self.core.store()).await?
            {
                return Ok(Rest::For(self.settings.lease / 3));
            }
            let Some(last) = page.last() else { return Ok(self.rest(None)) };
            query = query.after(last);
            let full = page.len() == limit;
            for row in page.into_iter().take_while(|row| row.due <= now) {
                self.begin(row);
            }
            if next.is_some() || !full || self.flight.len() >= AT_ONCE {
                return Ok(self.rest(next));
            }
        }
        Ok(self.rest(None))
    }

    /// Begins a command, unless it has begun, has to wait for another of its aggregate, or too many are under way.
    fn begin(&mut self, row: Due) {
        if self.flight.len() >= AT_ONCE || self.flight.has(&row) || self.unreadable.contains(&row.key) {
            return;
        }
        let Some(waiting) = read(&row) else {
            self.unreadable.insert(row.key);
            return;
        };
        if self.flight.holds(waiting.stream.as_ref()) {
            return;
        }
        let (key, stream) = (row.key.clone(), waiting.stream.clone());
        let fired = fire(Arc::clone(&self.core), self.settings, row, waiting);
        self.flight.begin(key, stream, fired);
    }

    fn note_all(&mut self, key: DueKey, fired: Fired) {
        self.note(key, fired);
        while let Some((key, fired)) = self.flight.also_ended() {
            self.note(key, fired);
        }
    }

    fn note(&mut self, key: DueKey, fired: Fired) {
        match fired {
            Fired::Done => self.done.push(key),
            Fired::Settled => {}
            Fired::Outage => {
                self.outages = self.outages.saturating_add(1);
                self.pause = Some(self.settings.delay_after(self.outages));
                return;
            }
        }
        self.outages = 0;
    }

    async fn remove_done(&mut self) -> Result<(), StoreError> {
        if !self.done.is_empty() {
            self.core.store().remove_due(&self.done).await?;
            self.done.clear();
        }
        Ok(())
    }

    fn rest(&self, next: Option<Timestamp>) -> Rest {
        // While commands are under way the lease has to be kept.
        let longest = if self.flight.is_empty() { self.poll } else { self.settings.lease / 3 };
        next.map_or(Rest::For(longest), |next| Rest::UntilOrFor(next, longest))
    }

    fn failed(&mut self, error: &StoreError) -> Rest {
        warn!(error = chain(error), "what is due could not be looked for");
        self.outages = self.outages.saturating_add(1);
        Rest::For(self.settings.delay_after(self.outages))
    }

    async fn end(&mut self) -> Result<(), StoreError> {
        self.remove_done().await?;
        self.holding.release(&**self.core.store()).await
    }
}
