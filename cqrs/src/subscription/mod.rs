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
mod handling;
mod leased;
mod parking;
mod plausible;
mod settings;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sharing;
mod source;
mod status;
mod tail;
mod throughput;
mod waiting;
mod wanted;

pub use parking::LostEvent;
pub(crate) use settings::LAG;
pub use settings::SubscriptionSettings;
pub use status::{State, Status};
pub use waiting::WaitError;

pub(crate) use counting::{count_failed, count_handled};
pub(crate) use environment::Request;
pub use environment::{Environment, Running};
#[cfg(feature = "testing")]
pub(crate) use handling::{Call, call_once};
pub(crate) use handling::{Facts, Handle, Unhandled, run as run_handler, start_of};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use handling::{run_divided, starts_of_slots};
pub(crate) use leased::{Progress, Turn, Work, run_turns};
pub(crate) use parking::{Parking, event_at, event_of, is_placed};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use parking::{letter_of, lost};
pub(crate) use plausible::{is_passing, refuse_beyond_head};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use sharing::{Divided, Taken, part_of, prepare as prepare_sharing};
pub(crate) use source::{Source, Woken};
pub(crate) use status::StatusSender;
pub(crate) use tail::Tail;
pub(crate) use waiting::{reach, reach_if_possible};
pub(crate) use wanted::{Wanted, is_internal};
