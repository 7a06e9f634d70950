//! What the groups that are being written hold.
//!
//! Invariant: no stream that one append of the running groups writes is written or guarded by another; one that is only
//! guarded may be guarded by many. So none would be judged otherwise before or after another: a group, all of whose members
//! are judged by the versions before it, is as good as its members one by one in any order. Two appends that guard each
//! other's stream are never in one group: the later finds the other's events.

use std::collections::{HashMap, HashSet};

use super::super::append::{Claim, Needs};

#[derive(Default)]
pub(super) struct Holds {
    own: HashSet<Claim>,
    /// How many share each.
    shared: HashMap<Claim, usize>,
}

impl Holds {
    /// Whether somebody else may have what it needs beside those that hold something.
    pub(super) fn leave_room_for(&self, needs: &Needs) -> bool {
        let unheld = |claim: &Claim| !self.own.contains(claim);
        needs.own.iter().all(|claim| unheld(claim) && !self.shared.contains_key(claim))
            && needs.shared.iter().all(unheld)
    }

    pub(super) fn add(&mut self, needs: &Needs) {
        self.own.extend(needs.own.iter().cloned());
        for claim in &needs.shared {
            *self.shared.entry(claim.clone()).or_default() += 1;
        }
    }

    pub(super) fn remove(&mut self, needs: &Needs) {
        for claim in &needs.own {
            self.own.remove(claim);
        }
        for claim in &needs.shared {
            if let Some(holders) = self.shared.get_mut(claim) {
                *holders -= 1;
                if *holders == 0 {
                    self.shared.remove(claim);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::message::StreamId;

    use super::*;

    fn needs(own: &[&str], shared: &[&str]) -> Needs {
        let claims =
            |keys: &[&str]| keys.iter().map(|key| Claim::Stream(StreamId::new("thing", *key))).collect();
        Needs { own: claims(own), shared: claims(shared) }
    }

    #[test]
    fn a_stream_is_guarded_by_many_or_written_by_one() {
        let mut holds = Holds::default();
        holds.add(&needs(&["a"], &["hot"]));
        assert!(holds.leave_room_for(&needs(&["b"], &["hot"])), "both only look at it");
        assert!(!holds.leave_room_for(&needs(&["hot"], &[])), "it is guarded");
        assert!(!holds.leave_room_for(&needs(&["b"], &["a"])), "it is written");
        assert!(!holds.leave_room_for(&needs(&["a"], &[])), "it is written");
    }

    #[test]
    fn two_that_guard_each_others_stream_are_not_written_together() {
        let mut holds = Holds::default();
        holds.add(&needs(&["b"], &["a"]));
        assert!(!holds.leave_room_for(&needs(&["a"], &["b"])));
    }

    #[test]
    fn what_is_shared_is_free_when_the_last_has_given_it_back() {
        let mut holds = Holds::default();
        let (one, other, writer) = (needs(&[], &["hot"]), needs(&["b"], &["hot"]), needs(&["hot"], &[]));
        holds.add(&one);
        holds.add(&other);
        holds.remove(&one);
        assert!(!holds.leave_room_for(&writer));
        holds.remove(&other);
        assert!(holds.leave_room_for(&writer));
    }
}
