//! given / when / then over several aggregates: what command handler functions are for.

mod given;
mod happened;

pub use given::{Aggregates, aggregates};
pub use happened::Happened;
