//! A partition in the hands of a member.
//!
//! Invariant: what is in `ready` or `out` is in the entry's `taken`; nothing is put there before the change that takes it
//! is stored. Handing out goes by sequence number, so what comes back stands before what came later. Every change is
//! made to an entry that names this member as the owner, and is stored only if nobody else has changed it since it was
//! read; who finds another owner there has lost the partition, and everything in its hands.

mod changing;
mod handing;
mod hands;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use smol_str::SmolStr;
use tokio::sync::Notify;
use uuid::Uuid;

use super::{entry::Entry, heard::Heard, layout::Layout};

pub(super) use hands::{Item, Lost};

use hands::{Hands, Phase};

/// A partition in the hands of a member.
pub(super) struct Owned {
    pub(super) layout: Arc<Layout>,
    pub(super) group: SmolStr,
    pub(super) number: usize,
    member: Uuid,
    /// The entry and its revision, as last read or written; whoever changes it has the lock.
    entry: tokio::sync::Mutex<Entry>,
    hands: Mutex<Hands>,
    /// There may be a dead letter to be tried, or no reason to go on.
    pub(super) changed: Notify,
    /// There may be something to hand out, or an end.
    arrived: Arc<Notify>,
    heard: Arc<Heard>,
}

impl Owned {
    pub(super) fn new(
        layout: Arc<Layout>,
        (group, number): (SmolStr, usize),
        member: Uuid,
        entry: Entry,
        (arrived, heard): (Arc<Notify>, Arc<Heard>),
    ) -> Self {
        let (ready, out) = (BTreeMap::new(), BTreeMap::new());
        let seen = entry.partition.clone().unwrap_or_default();
        let hands = Hands { seen, ready, out, phase: Phase::Open, at_end: false };
        let entry = tokio::sync::Mutex::new(entry);
        Self {
            layout,
            group,
            number,
            member,
            entry,
            hands: Mutex::new(hands),
            changed: Notify::new(),
            arrived,
            heard,
        }
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        // Nothing panics while it holds the lock; a poisoned one would still hold a whole state.
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lose(&self) {
        let mut hands = self.hands();
        hands.phase = Phase::Lost;
        (hands.ready, hands.out) = (BTreeMap::new(), BTreeMap::new());
        drop(hands);
        self.changed.notify_one();
        self.arrived.notify_waiters();
    }

    /// Whether messages may be begun. A member that was not heard for its whole lease may have lost the partition, and
    /// takes it anew if it has not.
    fn may_begin(&self) -> bool {
        let heard = self.heard.lately();
        if !heard {
            self.lose();
        }
        heard
    }

    pub(super) fn is_lost(&self) -> bool {
        self.hands().phase == Phase::Lost
    }

    /// Whether nothing more is to be taken.
    pub(super) fn is_ending(&self) -> bool {
        self.hands().phase != Phase::Open
    }

    /// Hands nothing out any more. Whether nothing is out.
    pub(super) fn drain(&self) -> bool {
        let mut hands = self.hands();
        if hands.phase == Phase::Open {
            hands.phase = Phase::Draining;
            self.changed.notify_one();
        }
        hands.out.is_empty()
    }

    /// Gives the partition up, with everything in its hands: what is out came back once more.
    pub(super) async fn give_up(&self) {
        let back = {
            let hands = self.hands();
            let out = hands.out.iter().map(|(sequence, item)| (*sequence, item.redeliveries + 1));
            let ready = hands.ready.iter().map(|(sequence, item)| (*sequence, item.redeliveries));
            out.chain(ready).collect::<Vec<_>>()
        };
        self.lose();
        // Whoever has another owner's partition has nothing to give up.
        let _ = self.change(|entry| entry.give_up(&back)).await;
    }

    /// Whether nothing is left, here or on the server.
    pub(super) fn is_done(&self) -> bool {
        let hands = self.hands();
        hands.phase == Phase::Lost || (hands.at_end && hands.ready.is_empty() && hands.out.is_empty())
    }

    /// Up to where the group needs nothing any more.
    pub(super) fn floor(&self) -> u64 {
        self.hands().seen.floor()
    }
}
