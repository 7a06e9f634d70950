//! The members of a group, as the entry that all of them renew, and which partitions each should have.
//!
//! Invariant: partitions are dealt out by the list of members alone, so members that have read the same list agree; and
//! a partition is taken only from nobody, or from somebody who is not on the list. While lists differ, a partition may
//! wait, but never has two owners: its own entry says who has it.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::instance::Instance;

/// The members of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) name: String,
    /// The sequence number of the last message before the group was made, which gets what follows.
    pub(super) since: u64,
    pub(super) members: BTreeMap<Uuid, Member>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Member {
    /// How often it has renewed its entry.
    pub(super) beats: u64,
    /// After how many milliseconds of silence it is taken for dead.
    pub(super) lease: u64,
    #[serde(default)]
    pub(super) exclusive: bool,
    /// Releases before 0.2 know nothing of it, and drop it when they renew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) instance: Option<Instance>,
}

impl Member {
    pub(super) fn new(lease: Duration, exclusive: bool, instance: Option<Instance>) -> Self {
        let lease = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX);
        Self { beats: 0, lease, exclusive, instance }
    }
}

impl Group {
    /// Strikes out what earlier runs of an instance left behind.
    pub(super) fn strike_earlier_runs(&mut self, instance: &Instance) {
        let is_earlier = |other: &Instance| other.name == instance.name && other.run != instance.run;
        self.members.retain(|_, member| !member.instance.as_ref().is_some_and(is_earlier));
    }

    /// Those who keep a member out.
    pub(super) fn against(&self, exclusive: bool) -> impl Iterator<Item = Uuid> {
        self.members.iter().filter(move |(_, member)| exclusive || member.exclusive).map(|(id, _)| *id)
    }

    /// The partitions a member should have.
    pub(super) fn share_of(&self, member: Uuid, partitions: usize) -> Vec<usize> {
        let Some(index) = self.members.keys().position(|id| *id == member) else { return Vec::new() };
        (0..partitions).filter(|partition| partition % self.members.len() == index).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_strikes_out_its_own_earlier_runs_and_nobody_else() {
        let run = |name: &str, run| Some(Instance { name: name.into(), run: Uuid::from_u128(run) });
        let members = [run("a", 1), run("a", 2), run("b", 1), None].into_iter().enumerate();
        let member = |instance| Member::new(Duration::from_secs(1), false, instance);
        let members = members.map(|(id, instance)| (Uuid::from_u128(id as u128), member(instance)));
        let mut group = Group { members: members.collect(), ..Group::default() };
        group.strike_earlier_runs(&run("a", 2).unwrap());
        assert!(group.members.keys().map(Uuid::as_u128).eq([1, 2, 3]));
    }

    #[test]
    fn every_partition_belongs_to_one_member() {
        for count in 1..=5_u128 {
            let member = || Member::new(Duration::from_secs(1), false, None);
            let members: BTreeMap<_, _> =
                (0..count).map(|number| (Uuid::from_u128(number), member())).collect();
            let group = Group { members, ..Group::default() };
            let mut dealt: Vec<_> = group.members.keys().flat_map(|id| group.share_of(*id, 4)).collect();
            dealt.sort_unstable();
            assert_eq!(dealt, [0, 1, 2, 3]);
        }
    }
}
