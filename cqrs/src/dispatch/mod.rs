//! From a command to its events: load, decide, fold, append, and again if somebody was faster.
//!
//! ```text
//! Dispatch (builder) ─▶ Dispatcher ─▶ first outcome known? ─▶ receipt
//!                                   │ no
//!                                   ▼
//!            cache / repository ─▶ decide ─▶ fold the new events ─▶ append + command id ─▶ receipt
//!                    ▲                                                │ conflict
//!                    └────────────────────────────────────────────────┘
//! ```
//!
//! Correctness rests on the append alone: it happens only if the stream has not moved since the state was folded.
//! The cache and the queue in front of each aggregate only save work.

mod aggregate;
#[cfg(feature = "testing")]
mod alone;
mod any_rejection;
mod append;
mod by_name;
mod cache;
mod caches;
mod decide;
mod detached;
mod digest;
mod dispatcher;
mod error;
mod failures;
mod function;
mod gate;
mod handled;
mod held;
mod inherited;
mod merge;
mod meters;
mod overrun;
mod prepared;
mod queue;
mod receipt;
mod rejection;
mod request;
mod run_function;
mod schedule;
mod sent;
mod settings;
mod waiting;

#[cfg(feature = "testing")]
pub(crate) use alone::dispatch_alone;
pub use any_rejection::AnyRejection;
pub use by_name::{CommandEntry, CommandTable, NamedCommand};
pub use detached::Detached;
pub(crate) use dispatcher::Core;
pub use dispatcher::Dispatcher;
pub use error::DispatchError;
pub use function::{Change, CommandFunction, IntoChanges, Returning};
pub use handled::{AggregateHandler, CommandHandler, FunctionHandler, HandledCommand};
pub(crate) use inherited::Inherited;
pub use overrun::Overrun;
pub use receipt::Receipt;
pub use request::Dispatch;
pub use schedule::{Schedule, Scheduled};
pub use sent::Request;
pub use settings::DispatchSettings;
pub(crate) use waiting::{Waiting, id as id_of_row, key as key_of_row};
