//! Being a member of a group: joining, renewing, and having the partitions that are one's own.
//!
//! Invariant: a member is struck out only by somebody who has seen its entry unchanged for its whole lease by a clock of
//! his own; and whoever is struck out finds that out by its next renewal, joins again, and meanwhile settles nothing of
//! what others have taken over: that is up to the entries of the partitions.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use smol_str::SmolStr;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::{
    bus::{BusError, ConsumerOptions},
    error_chain::chain,
    store::StoreError,
};

use super::{
    feeding::Feed,
    group::{self, Group},
    heard::Heard,
    layout::{Kind, Layout, failed, group_key, partition_key},
    owned::Owned,
    partition::Partition,
};

const JOIN: &str = "join a group";

/// How long to wait before the server is asked again.
const PAUSE: Duration = Duration::from_millis(50);

/// The partitions of a member, as its consumer sees them.
pub(super) struct Desk {
    owned: Mutex<Vec<Arc<Owned>>>,
    /// There may be something to hand out, or an end.
    pub(super) arrived: Arc<Notify>,
    /// Whether the member has every partition it should have.
    complete: AtomicBool,
}

impl Desk {
    pub(super) fn owned(&self) -> Vec<Arc<Owned>> {
        self.owned.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, owned: Vec<Arc<Owned>>, complete: bool) {
        *self.owned.lock().unwrap_or_else(PoisonError::into_inner) = owned;
        self.complete.store(complete, Ordering::SeqCst);
        self.arrived.notify_waiters();
    }

    /// Waits until a partition can be given up.
    async fn drained(&self) {
        loop {
            let mut settled = std::pin::pin!(self.arrived.notified());
            settled.as_mut().enable();
            if self.owned().iter().any(|owned| owned.is_ending() && owned.drain()) {
                return;
            }
            settled.await;
        }
    }

    /// Whether nothing is left of a closed bus.
    pub(super) fn is_done(&self) -> bool {
        self.complete.load(Ordering::SeqCst) && self.owned().iter().all(|owned| owned.is_done())
    }
}

/// A member of a group.
pub(super) struct Member {
    layout: Arc<Layout>,
    group: SmolStr,
    id: Uuid,
    lease: Duration,
    exclusive: bool,
    feed: Feed,
    heard: Arc<Heard>,
    pub(super) desk: Arc<Desk>,
    /// How often the others had renewed, and since when that has not changed.
    observed: HashMap<Uuid, (u64, Instant)>,
    /// Up to where each partition was cleared.
    cleared: HashMap<usize, u64>,
}

impl Member {
    pub(super) fn new(
        layout: Arc<Layout>,
        options: &ConsumerOptions,
        lease: Duration,
        closed: watch::Receiver<bool>,
    ) -> Self {
        let room = Arc::new(tokio::sync::Semaphore::new(options.prefetch.max(1)));
        let desk =
            Desk { owned: Mutex::default(), arrived: Arc::default(), complete: AtomicBool::new(false) };
        Self {
            layout,
            group: options.group.clone(),
            id: Uuid::now_v7(),
            lease,
            exclusive: options.exclusive,
            feed: Feed { room, closed },
            heard: Arc::new(Heard::new(lease)),
            desk: Arc::new(desk),
            observed: HashMap::new(),
            cleared: HashMap::new(),
        }
    }

    /// Joins the group, which is made if it is new. Whoever is in the way may be dead: that takes a while to tell.
    pub(super) async fn join(&mut self) -> Result<(), BusError> {
        let mut met: HashMap<Uuid, u64> = HashMap::new();
        loop {
            let (mut group, revision) = self.read_group().await.map_err(|error| failed(JOIN, error))?;
            self.strike_silent(&mut group);
            let against: Vec<_> = group.against(self.exclusive).collect();
            if against
                .iter()
                .any(|id| *met.entry(*id).or_insert(group.members[id].beats) != group.members[id].beats)
            {
                return Err(BusError::NotExclusive { group: self.group.to_string() });
            }
            if against.is_empty() {
                group.members.insert(self.id, group::Member::new(self.lease, self.exclusive));
                if self.write_group(&group, revision).await.map_err(|error| failed(JOIN, error))? {
                    self.signal().await;
                    return Ok(());
                }
            } else {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    async fn read_group(&self) -> Result<(Group, u64), StoreError> {
        let entry = self.layout.entries.get::<Group>(JOIN, &group_key(&self.group)).await?;
        if let Some(group) = entry.value {
            return Ok((group, entry.revision));
        }
        let since = match self.layout.kind {
            Kind::Commands => 0,
            Kind::Events => self.layout.messages.last_sequence(JOIN).await?,
        };
        Ok((Group { name: self.group.to_string(), since, ..Group::default() }, entry.revision))
    }

    async fn write_group(&self, group: &Group, revision: u64) -> Result<bool, StoreError> {
        Ok(self.layout.entries.put(JOIN, &group_key(&self.group), group, revision).await?.is_some())
    }

    fn strike_silent(&mut self, group: &mut Group) {
        let observed = &mut self.observed;
        observed.retain(|id, _| group.members.contains_key(id));
        group.members.retain(|id, member| {
            let (beats, since) = observed.entry(*id).or_insert((member.beats, Instant::now()));
            if *beats != member.beats {
                (*beats, *since) = (member.beats, Instant::now());
            }
            *id == self.id || since.elapsed() < Duration::from_millis(member.lease)
        });
    }

    /// Does what a member does until `stop`, and leaves the group.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                () = self.be_member() => {}
            }
        }
        // Whoever is not heard in that time is struck out by the others.
        if tokio::time::timeout(self.lease, self.leave()).await.is_err() {
            tracing::warn!(group = %self.group, "the server was not told that a listener went away");
        }
    }

    /// Renews, looks after its partitions whenever something may have changed, until the server is not reached.
    async fn be_member(&mut self) {
        let signals = self.layout.entries.client().subscribe(self.layout.signal(&self.group)).await;
        let Ok(mut signals) = signals else { return tokio::time::sleep(PAUSE).await };
        let mut renewed: Option<Instant> = None;
        loop {
            let due = renewed.is_none_or(|renewed| renewed.elapsed() >= self.lease / 3);
            match self.look_after(due).await {
                Ok(()) if due => renewed = Some(Instant::now()),
                Ok(()) => {}
                Err(error) => {
                    tracing::warn!(group = %self.group, error = chain(&error), "a group is not reached");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            }
            let elapsed = renewed.map_or(Duration::ZERO, |renewed| renewed.elapsed());
            tokio::select! {
                () = tokio::time::sleep((self.lease / 3).saturating_sub(elapsed)) => {}
                signal = signals.next() => if signal.is_none() { return },
                () = self.desk.drained() => {}
            }
        }
    }

    async fn look_after(&mut self, renew: bool) -> Result<(), StoreError> {
        let began = Instant::now();
        let group = self.present_group(renew).await?;
        for owned in self.desk.owned() {
            owned.refresh().await?;
        }
        if renew {
            self.heard.at(began);
        }
        self.balance(&group).await?;
        if renew {
            self.clear().await?;
        }
        Ok(())
    }

    /// The group, with this member in it.
    async fn present_group(&mut self, renew: bool) -> Result<Group, StoreError> {
        loop {
            let (mut group, revision) = self.read_group().await?;
            let before = group.clone();
            self.strike_silent(&mut group);
            let (lease, exclusive) = (self.lease, self.exclusive);
            let me = group.members.entry(self.id).or_insert_with(|| group::Member::new(lease, exclusive));
            me.beats += u64::from(renew);
            if group == before {
                return Ok(group);
            }
            if self.write_group(&group, revision).await? {
                if !group.members.keys().eq(before.members.keys()) {
                    self.signal().await;
                }
                return Ok(group);
            }
        }
    }

    /// Takes the partitions that it should have, and gives up the others once nothing of them is out.
    async fn balance(&mut self, group: &Group) -> Result<(), StoreError> {
        let share = group.share_of(self.id, self.layout.partitions);
        let (mut kept, mut given_up) = (Vec::new(), false);
        for owned in self.desk.owned() {
            if owned.is_lost() {
                continue;
            }
            // One that began to be given up hands nothing out any more, even if it is to stay: then it is taken anew.
            let leaves = owned.is_ending() || !share.contains(&owned.number);
            if leaves && owned.drain() {
                owned.give_up().await;
                given_up = true;
            } else {
                kept.push(owned);
            }
        }
        let mut complete = true;
        for number in share {
            if let Some(owned) = kept.iter().find(|owned| owned.number == number) {
                complete &= !owned.is_ending();
                continue;
            }
            match self.take(number, group).await? {
                Some(owned) => kept.push(owned),
                None => complete = false,
            }
        }
        self.desk.set(kept, complete);
        if given_up {
            self.signal().await;
        }
        Ok(())
    }

    /// Takes a partition, if nobody has it who is a member.
    async fn take(&self, number: usize, group: &Group) -> Result<Option<Arc<Owned>>, StoreError> {
        const TAKE: &str = "take a partition";
        let key = partition_key(number, &self.group);
        let entry = self.layout.entries.get::<Partition>(TAKE, &key).await?;
        let mut partition = entry.value.unwrap_or_else(|| Partition::after(group.since));
        let others = partition.owner.filter(|owner| *owner != self.id);
        if others.is_some_and(|owner| group.members.contains_key(&owner)) {
            return Ok(None);
        }
        partition.take_over(self.id);
        let Some(revision) = self.layout.entries.put(TAKE, &key, &partition, entry.revision).await? else {
            return Ok(None);
        };
        let (layout, place) = (Arc::clone(&self.layout), (self.group.clone(), number));
        let signs = (Arc::clone(&self.desk.arrived), Arc::clone(&self.heard));
        let owned = Arc::new(Owned::new(layout, place, self.id, (partition, revision), signs));
        tokio::spawn(Arc::clone(&owned).feed(self.feed.clone()));
        Ok(Some(owned))
    }

    /// Removes from the server what every group has settled.
    async fn clear(&mut self) -> Result<(), StoreError> {
        for owned in self.desk.owned() {
            let floor = owned.floor();
            if self.cleared.get(&owned.number).is_none_or(|cleared| *cleared < floor) {
                self.layout.clear(owned.number, floor).await?;
                self.cleared.insert(owned.number, floor);
            }
        }
        Ok(())
    }

    async fn leave(&mut self) {
        for owned in self.desk.owned() {
            owned.give_up().await;
        }
        self.desk.set(Vec::new(), false);
        while let Err(error) = self.try_leave().await {
            tracing::debug!(group = %self.group, error = chain(&error), "a group is not reached");
            tokio::time::sleep(PAUSE).await;
        }
        self.signal().await;
    }

    async fn try_leave(&self) -> Result<(), StoreError> {
        loop {
            let (mut group, revision) = self.read_group().await?;
            if group.members.remove(&self.id).is_none() || self.write_group(&group, revision).await? {
                return Ok(());
            }
        }
    }

    async fn signal(&self) {
        self.layout.signal_all(&self.group).await;
    }
}
