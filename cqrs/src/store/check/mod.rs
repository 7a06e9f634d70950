//! Looking a store over for damage: what is common to the stores.

mod damage;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod event;
mod report;

pub use damage::Damage;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(super) use event::Copies;
pub use report::{CheckReport, StoredType};
