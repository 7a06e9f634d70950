//! Looking a store over for damage: what is common to the stores.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod event;
mod problem;
mod report;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(super) use event::Copies;
pub use problem::Problem;
pub use report::{CheckReport, StoredType};
