//! From a stream to a state and back: snapshot, events, fold; new events, fold, append.
//!
//! The dispatcher works with `load` and `Recording`. [`Repository`] and [`Root`] are the same in
//! the imperative style: load an aggregate, record events on it, save it.

mod aggregates;
mod error;
mod ledger;
mod load;
mod loaded;
mod missing;
mod recording;
mod root;
mod save;
mod snapshots;

pub(crate) use aggregates::OwnStore;
pub use aggregates::{Repositories, Repository};
pub use error::{DecisionError, LoadError, SaveError};
pub use missing::Missing;
pub use root::Root;
pub use save::{Unsaved, save_together};

pub(crate) use ledger::{Entry, Ledger};
pub(crate) use load::load;
pub(crate) use loaded::Loaded;
pub(crate) use recording::Recording;
pub(crate) use snapshots::{due as snapshot_due, save as save_snapshot, take as take_snapshot};
