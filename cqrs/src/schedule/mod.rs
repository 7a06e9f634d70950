//! Commands that wait until they are due; and the `timers` of processes, which are stored as events when they are.
//!
//! ```text
//! dispatch(command).after(d) ─▶ due table ─▶ poller, under a lease ─▶ dispatcher ─▶ accepted ─▶ the row goes
//!                                                                                ├▶ refused  ─▶ kept under the id, and the row goes
//!                                                                                └▶ failed   ─▶ the row is due again, later
//! ```
//!
//! Invariants, each with a test that attacks it:
//!
//! 1. *Once.* A command is dispatched under its own id, which the store never accepts twice. So a poller that dies between
//!    the append and the removal of the row, a former owner of the lease that wakes up, and a clock that jumps back do no
//!    harm: the next dispatch finds the first outcome, and the row goes.
//! 2. *Accepted or refused, never both.* A refusal, and a cancellation, is stored under the id in the transaction that removes the
//!    row, on NATS before that; an append under the id finds it, and the other way round.
//!    The refusal of a command that a process sent is an event of the process's stream, which claims the id, and then the row goes.
//! 3. *Never lost.* A row goes only after an outcome is stored.
//! 4. *Nobody is held up.* Rows are read by the names that this process knows, so that those of others cost nothing; one that
//!    cannot be read is passed over; the commands of one aggregate wait for each other, and for nobody else.

mod commands;
mod firing;
mod flight;
mod holding;
mod poller;
mod refusing;
mod rest;
mod timers;

use std::time::Duration;

use tokio::sync::watch;

use crate::store::{Due, DueQuery, Store, StoreError};

pub use commands::{Cancellation, ScheduledCommand, ScheduledCommands, ScheduledPages};
pub(crate) use poller::Poller;
pub(crate) use timers::Timers;

/// How long at least between two looks for what other processes have scheduled.
const SHORTEST_POLL: Duration = Duration::from_millis(250);

/// How long where there are no other processes, but perhaps another application of this one.
const LONGEST_POLL: Duration = Duration::from_secs(1);

/// What is due next; `None` if the application shuts down first: where very much waits, a first look may take seconds.
async fn look(
    store: &dyn Store,
    shutdown: &watch::Receiver<bool>,
    query: &DueQuery,
    limit: usize,
) -> Result<Option<Vec<Due>>, StoreError> {
    let mut shutdown = shutdown.clone();
    tokio::select! {
        biased;
        page = store.due(query, limit) => page.map(Some),
        _ = shutdown.wait_for(|down| *down) => Ok(None),
    }
}
