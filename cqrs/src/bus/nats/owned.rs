//! A partition in the hands of a member.
//!
//! Invariant: what is in `ready` or `out` is in the entry's `taken`; nothing is put there before the change that takes it
//! is stored. Handing out goes by sequence number, so what comes back stands before what came later. Every change is
//! made to an entry that names this member as the owner, and is stored only if nobody else has changed it since it was
//! read; who finds another owner there has lost the partition, and everything in its hands.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use smol_str::SmolStr;
use tokio::sync::{Notify, OwnedSemaphorePermit};
use uuid::Uuid;

use crate::{
    bus::{EncodedMessage, Standing, reconnect::Backoff},
    error_chain::chain,
    store::StoreError,
};

use super::{
    heard::Heard,
    layout::{Layout, partition_key},
    partition::Partition,
};

/// A partition in the hands of a member.
pub(super) struct Owned {
    pub(super) layout: Arc<Layout>,
    pub(super) group: SmolStr,
    pub(super) number: usize,
    member: Uuid,
    /// The entry and its revision, as last read or written; whoever changes it has the lock.
    entry: tokio::sync::Mutex<(Partition, u64)>,
    hands: Mutex<Hands>,
    /// There may be a dead letter to be tried, or no reason to go on.
    pub(super) changed: Notify,
    /// There may be something to hand out, or an end.
    arrived: Arc<Notify>,
    heard: Arc<Heard>,
}

/// What was taken from a partition.
struct Hands {
    /// The entry as it was seen last.
    seen: Partition,
    ready: BTreeMap<u64, Item>,
    out: BTreeMap<u64, Item>,
    phase: Phase,
    /// Whether nothing was left after the bus was closed.
    at_end: bool,
}

/// Whether more is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// What is out is settled, and then the partition is given up.
    Draining,
    Lost,
}

/// A message that was taken.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) message: Arc<EncodedMessage>,
    pub(super) redeliveries: u32,
    /// Whether it is a dead letter that is tried again.
    pub(super) released: bool,
    /// Its share of the prefetch.
    pub(super) _room: OwnedSemaphorePermit,
}

/// The partition has another owner.
#[derive(Debug)]
pub(super) struct Lost;

const CHANGE: &str = "change a partition's entry";

impl Owned {
    pub(super) fn new(
        layout: Arc<Layout>,
        (group, number): (SmolStr, usize),
        member: Uuid,
        (seen, revision): (Partition, u64),
        (arrived, heard): (Arc<Notify>, Arc<Heard>),
    ) -> Self {
        let (ready, out) = (BTreeMap::new(), BTreeMap::new());
        let hands = Hands { seen: seen.clone(), ready, out, phase: Phase::Open, at_end: false };
        let entry = tokio::sync::Mutex::new((seen, revision));
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

    /// Changes the entry, as often as it takes. The change may be made more than once to what it has made already.
    pub(super) async fn change<T>(&self, change: impl Fn(&mut Partition) -> T) -> Result<T, Lost> {
        let mut entry = self.entry.lock().await;
        let mut backoff = Backoff::default();
        loop {
            match self.try_change(&mut entry, &change).await {
                Ok(Some(outcome)) => return outcome,
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(group = %self.group, partition = self.number, error = chain(&error),
                        "what was done with messages is not stored yet");
                    tokio::time::sleep(backoff.next_pause()).await;
                }
            }
        }
    }

    /// `None` if the entry had changed: then it was read again.
    async fn try_change<T>(
        &self,
        entry: &mut (Partition, u64),
        change: &impl Fn(&mut Partition) -> T,
    ) -> Result<Option<Result<T, Lost>>, StoreError> {
        let mut new = entry.0.clone();
        if new.owner != Some(self.member) {
            self.lose();
            return Ok(Some(Err(Lost)));
        }
        let outcome = change(&mut new);
        if new == entry.0 {
            return Ok(Some(Ok(outcome)));
        }
        let key = partition_key(self.number, &self.group);
        let put = self.layout.entries.put(CHANGE, &key, &new, entry.1).await;
        if let Ok(Some(revision)) = put {
            *entry = (new, revision);
            self.saw(&entry.0);
            return Ok(Some(Ok(outcome)));
        }
        // Also after an error: the change may have been stored.
        self.read(entry).await?;
        put.map(|_| None)
    }

    async fn read(&self, entry: &mut (Partition, u64)) -> Result<(), StoreError> {
        let key = partition_key(self.number, &self.group);
        let found = self.layout.entries.get::<Partition>(CHANGE, &key).await?;
        *entry = (found.value.unwrap_or_default(), found.revision);
        self.saw(&entry.0);
        Ok(())
    }

    /// Looks whether somebody else has changed the entry.
    pub(super) async fn refresh(&self) -> Result<(), StoreError> {
        let mut entry = self.entry.lock().await;
        self.read(&mut entry).await?;
        if entry.0.owner != Some(self.member) {
            self.lose();
        }
        Ok(())
    }

    fn saw(&self, entry: &Partition) {
        let mut hands = self.hands();
        hands.seen = entry.clone();
        // What is taken by a change of one's own is put here after it.
        if hands.missing().iter().any(|taken| taken.released.is_some()) {
            self.changed.notify_one();
        }
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

    /// Where reading goes on, and what was taken and is not here.
    pub(super) fn missing(&self) -> (u64, Vec<super::partition::Taken>) {
        let hands = self.hands();
        (hands.seen.read, hands.missing())
    }

    /// What was taken is there to be handed out.
    pub(super) fn put(&self, items: impl IntoIterator<Item = (u64, Item)>) {
        let mut hands = self.hands();
        if hands.phase != Phase::Lost {
            hands.ready.extend(items);
            hands.at_end = false;
        }
        drop(hands);
        self.arrived.notify_waiters();
    }

    /// There is nothing after what was taken, and will not be.
    pub(super) fn reached_end(&self) {
        self.hands().at_end = true;
        self.arrived.notify_waiters();
    }

    /// Whether nothing is left, here or on the server.
    pub(super) fn is_done(&self) -> bool {
        let hands = self.hands();
        hands.phase == Phase::Lost || (hands.at_end && hands.ready.is_empty() && hands.out.is_empty())
    }

    /// The next message, if there is one.
    pub(super) fn hand_out(&self) -> Option<(u64, Arc<EncodedMessage>, u32)> {
        if self.is_ending() || !self.may_begin() {
            return None;
        }
        let mut hands = self.hands();
        let (sequence, item) = hands.ready.pop_first()?;
        let handed = (sequence, Arc::clone(&item.message), item.redeliveries);
        hands.out.insert(sequence, item);
        Some(handed)
    }

    pub(super) fn standing(&self, sequence: u64) -> Standing {
        if !self.may_begin() {
            return Standing::TakenBack;
        }
        let hands = self.hands();
        match hands.out.get(&sequence) {
            None => Standing::TakenBack,
            Some(item) if !item.released && hands.seen.parks(&item.message.key) => Standing::Parked,
            Some(_) => Standing::Next,
        }
    }

    /// Whether a message is out, and its partition was not lost as far as is known here.
    pub(super) fn is_out(&self, sequence: u64) -> bool {
        self.hands().out.contains_key(&sequence)
    }

    /// A message came back unsettled, to be handed out in its place.
    pub(super) fn take_back(&self, sequence: u64) {
        let mut hands = self.hands();
        if let Some(mut item) = hands.out.remove(&sequence) {
            item.redeliveries += 1;
            hands.ready.insert(sequence, item);
        }
        drop(hands);
        self.arrived.notify_waiters();
    }

    /// A message was settled.
    pub(super) fn let_go(&self, sequence: u64) {
        self.hands().out.remove(&sequence);
        self.arrived.notify_waiters();
    }

    /// Up to where the group needs nothing any more.
    pub(super) fn floor(&self) -> u64 {
        self.hands().seen.floor()
    }
}

impl Hands {
    fn missing(&self) -> Vec<super::partition::Taken> {
        let is_here = |sequence| self.ready.contains_key(sequence) || self.out.contains_key(sequence);
        self.seen.taken.iter().filter(|taken| !is_here(&taken.sequence)).cloned().collect()
    }
}
