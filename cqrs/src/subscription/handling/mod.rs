//! Running an event handler function: at least once, the events of a stream in order, streams beside each other.
//!
//! ```text
//! log ─▶ pages ─▶ Desk: a queue a stream ─▶ calls, as many as it may make at a time
//!                  │  ▲                        │
//!                  │  └── done ◀───────────────┤
//!                  │                           └─▶ failed: a letter, `waiting`, then dead
//!                  ├─▶ settlement: checkpoint, what is done above it, letters; all of it or nothing
//!                  └─▶ a letter that is gone: its stream is read from there on ─▶ its queue again
//! ```
//!
//! Invariants, for one handler:
//!
//! 1. *In order.* Of one stream one event is called at a time, and none before the one before it is done: what is behind a
//!    letter waits until the letter's event is handled or skipped.
//! 2. *At least once.* Every event that concerns the handler is done, or its letter or one before it in its stream is stored,
//!    before the checkpoint passes it: all of that is in one settlement.
//! 3. *At most what was under way twice.* What is done after the checkpoint is stored with it. A crash repeats the calls that
//!    were under way, and those that ended since the last settlement; one is made whenever there is something to be stored and
//!    the last is over by [`SETTLE_EVERY`](settling::SETTLE_EVERY).
//! 4. *One owner.* A settlement is void unless the epoch is that of the lease, and no call begins after the lease could not be
//!    renewed. An owner that slept can end the calls that it had begun, and nothing more.
//! 5. *The checkpoint never waits for a retry*, and what is kept of an outage is bounded: see [`Outage`](outage::Outage).
//! 6. A stream is not called again while a call that was given up still runs.

mod calls;
mod desk;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod divided;
mod drain;
mod facts;
mod handle;
mod happening;
mod held;
mod keeping;
mod letters;
mod outage;
mod owner;
mod owning;
mod settings;
mod settling;
mod slot;
mod spawned;
mod stream;
mod taking;
mod terms;
mod window;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(super) use divided::Pages;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use divided::{run_divided, starts as starts_of_slots};
#[cfg(feature = "testing")]
pub(crate) use facts::{Call, call_once};
pub(crate) use facts::{Facts, start_of};
pub(crate) use handle::{Handle, Unhandled};
pub(crate) use owner::run;
