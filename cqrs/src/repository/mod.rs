//! From a stream to a state and back: snapshot, events, fold; new events, fold, append.
//!
//! The dispatcher works with `load` and `Recording`. [`Repository`] and [`Root`] are the same in
//! the imperative style: load an aggregate, record events on it, save it.

mod aggregates;
mod error;
mod load;
mod loaded;
mod recording;
mod root;
mod save;
mod snapshots;

pub use aggregates::Repository;
pub use error::{DecisionError, LoadError, SaveError};
pub use root::Root;
pub use save::{Unsaved, save_together};

pub(crate) use load::load;
pub(crate) use loaded::Loaded;
pub(crate) use recording::Recording;
pub(crate) use snapshots::{due as snapshot_due, save as save_snapshot, take as take_snapshot};
