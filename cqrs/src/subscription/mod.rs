//! Reading the log from a checkpoint, in order, and going on when there is more.
//!
//! Projections, event handlers and bus relays are all subscriptions. Nothing is handed to them beside the log:
//! an append only wakes them up, and a wake-up that is lost costs time, never an event.
//!
//! ```text
//! log ─▶ Tail (one reader) ─▶ Source (pages, wake-ups) ─▶ projection in memory
//!    └─▶ pages of its own, ─▶                          ├▶ projection in a database: rows and checkpoint together
//!        while far behind                              └▶ leased: event handlers, bus relays
//! ```

mod counting;
mod environment;
mod handler_run;
mod leased;
mod parking;
mod settings;
mod source;
mod status;
mod tail;
mod throughput;
mod wanted;

pub(crate) use settings::LAG;
pub use settings::SubscriptionSettings;
pub use status::{State, Status, WaitError};

pub(crate) use counting::{count_failed, count_handled};
pub(crate) use environment::Request;
pub use environment::{Environment, Running};
pub(crate) use handler_run::{HandlerWork, start_of};
pub(crate) use leased::{Progress, Turn, Work, run as run_leased};
pub(crate) use source::{Source, Woken};
pub(crate) use status::{StatusSender, reach, reach_if_possible};
pub(crate) use tail::Tail;
pub(crate) use wanted::Wanted;
