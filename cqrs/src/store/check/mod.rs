//! Looking a store over for damage: what is common to stores that keep events in rows.

mod event;
mod report;

pub(super) use event::Copies;
pub use report::{CheckReport, Problem, StoredType};
