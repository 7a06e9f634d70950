//! The dead letters of a group: one queue, read by one at a time.

mod asking;
mod keeping;
mod reading;
mod releasing;

pub(super) use asking::{list, remove, retry};
pub(super) use keeping::{RELEASE, keep};
pub(super) use reading::Reading;
pub(super) use releasing::Releasing;
