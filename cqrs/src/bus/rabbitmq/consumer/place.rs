//! Which partition somebody means.

/// Which partition, and which time it is owned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bus::rabbitmq) struct Place {
    pub(super) partition: u16,
    pub(super) generation: u64,
}
