//! The dead letters of a group: one queue, read by one at a time.

mod asking;
mod keeping;
mod reading;
mod sizes;

pub(super) use asking::{list, remove, retry};
pub(super) use keeping::{RELEASE, keep};
pub(super) use reading::{Kept, Reading, Wanted, not_asked};
