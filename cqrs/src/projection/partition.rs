//! Which partition an event is for.

use crate::{event::RecordedEvent, subscription::part_of};

use super::Facts;

/// The partition of an event. It depends on the key and the number of partitions alone, and never changes: it is part of
/// what is stored.
pub(super) fn partition_of(facts: &Facts, event: &RecordedEvent) -> usize {
    part_of(&(facts.partition_key)(event), facts.partitions.len())
}
