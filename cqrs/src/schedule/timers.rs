//! Who stores the timers of processes as events when they are due.
//!
//! Invariants:
//!
//! 1. *Once.* The event claims the timer's id, which the store never accepts twice. So a poller that dies before the row is removed,
//!    a row that was set again, two pollers and a clock that jumps back do no harm.
//! 2. *Never lost.* A row goes only after its event is stored; or when the step that cancels the timer removes it.
//! 3. *Nobody is held up.* Rows are read by the names of the process managers that this program has, so that those of others cost nothing;
//!    one that cannot be read, or be stored, is passed over until the next start.

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures_util::future::join_all;
use metrics::{counter, histogram};
use tokio::sync::watch;
use tracing::{error, warn};

use crate::{
    dispatch::Core,
    error_chain::chain,
    message::Metadata,
    process::TimerRow,
    store::{
        Append, CommandClaim, CommandForm, Due, DueKey, DueKind, DueQuery, Expected, StoreError, StreamWrite,
    },
    subscription::{Environment, SubscriptionSettings},
};

use super::{LONGEST_POLL, SHORTEST_POLL, holding::Holding, look, rest::Rest};

/// How many timers are stored at a time.
const AT_ONCE: usize = 256;

/// Stores what is due, in one process at a time.
pub(crate) struct Timers {
    core: Arc<Core>,
    settings: SubscriptionSettings,
    shutdown: watch::Receiver<bool>,
    /// The names of the process managers.
    owners: Vec<&'static str>,
    poll: Duration,
    holding: Holding,
    passed_over: HashSet<DueKey>,
    /// How many looks in a row met something that is away.
    outages: u32,
}

impl Timers {
    pub(crate) fn new(core: Arc<Core>, environment: &Environment, owners: Vec<&'static str>) -> Self {
        let poll = core.store().capabilities().poll_interval.unwrap_or(LONGEST_POLL).max(SHORTEST_POLL);
        Self {
            core,
            settings: environment.settings,
            shutdown: environment.shutdown.clone(),
            owners,
            poll,
            holding: Holding::new("cqrs/timers", environment),
            passed_over: HashSet::new(),
            outages: 0,
        }
    }

    /// Works until the application shuts down; then gives the lease back.
    pub(crate) async fn run(mut self) {
        let mut shutdown = self.shutdown.clone();
        while !*shutdown.borrow() {
            let rest = match self.turn().await {
                Ok(rest) => {
                    self.outages = 0;
                    rest
                }
                Err(error) => self.failed(&error),
            };
            let clock = Arc::clone(self.core.clock());
            tokio::select! {
                biased;
                _ = shutdown.wait_for(|down| *down) => break,
                () = self.core.timers(), if self.outages == 0 => {}
                () = rest.over(&*clock) => {}
            }
        }
        if let Err(error) = self.holding.release(&**self.core.store()).await {
            warn!(error = chain(&error), "the lease of the timers is not given back, and runs out by itself");
        }
    }

    /// Stores a page of what is due, and says until when nothing is.
    async fn turn(&mut self) -> Result<Rest, StoreError> {
        let store = Arc::clone(self.core.store());
        let now = self.core.clock().now();
        let query = DueQuery::of(DueKind::Timer, self.owners.iter().copied());
        let limit = self.passed_over.len() + AT_ONCE;
        let page = look(&*store, &self.shutdown, &query, limit).await?;
        let Some(mut page) = page else { return Ok(Rest::For(self.poll)) };
        page.retain(|row| !self.passed_over.contains(&row.key));
        let next = page.iter().find(|row| row.due > now).map(|row| row.due);
        page.retain(|row| row.due <= now);
        if page.is_empty() {
            return Ok(next.map_or(Rest::For(self.poll), |next| Rest::UntilOrFor(next, self.poll)));
        }
        if !self.holding.hold(&*store).await? {
            return Ok(Rest::For(self.settings.lease / 3));
        }
        let fired = join_all(page.iter().map(|row| fire(&self.core, row))).await;
        self.settle(page, fired).await?;
        // There may be more.
        Ok(Rest::For(Duration::ZERO))
    }

    /// Removes what is stored; or else gives why something is not.
    async fn settle(&mut self, page: Vec<Due>, fired: Vec<Result<(), StoreError>>) -> Result<(), StoreError> {
        let (mut done, mut away) = (Vec::new(), None);
        for (row, fired) in page.into_iter().zip(fired) {
            match fired {
                Ok(()) => done.push(row.key),
                Err(error) if error.is_transient() || error.is_outage() => away = Some(error),
                Err(error) => {
                    error!(key = %row.key, process = row.owner, error = chain(&error), "a timer cannot be stored, and is passed over");
                    self.passed_over.insert(row.key);
                }
            }
        }
        self.core.store().remove_due(&done).await?;
        away.map_or(Ok(()), Err)
    }

    fn failed(&mut self, error: &StoreError) -> Rest {
        warn!(error = chain(error), "timers that are due wait on");
        self.outages = self.outages.saturating_add(1);
        Rest::For(self.settings.delay_after(self.outages))
    }
}

/// Stores the event of a timer, unless it is there.
async fn fire(core: &Core, row: &Due) -> Result<(), StoreError> {
    let timer = TimerRow::of(row)?;
    let now = core.clock().now();
    let event = timer.event().map_err(|error| StoreError::engine("encode a timer", error))?;
    let form = CommandForm { version: 1, shape: 0, digest: None };
    let claim =
        CommandClaim { id: timer.id().as_uuid().into(), name: event.name.clone(), aliases: &[], form };
    let metadata = Metadata { time: now, ..timer.metadata };
    let writes = vec![StreamWrite { stream: timer.process, expected: Expected::Any, events: vec![event] }];
    match core.store().append(Append { writes, command: Some(claim), metadata }).await {
        Ok(_) => {
            let late = Duration::try_from(now.duration_since(row.due)).unwrap_or_default();
            histogram!("cqrs_process_timers_late_seconds").record(late);
            counter!("cqrs_process_timers_total", "process" => row.owner.clone()).increment(1);
            Ok(())
        }
        Err(StoreError::AlreadyHandled(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
