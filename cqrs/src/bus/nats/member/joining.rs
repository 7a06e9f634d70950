//! The entry of the group: joining, renewing, striking out who is silent, leaving.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    bus::{
        BusError,
        nats::{
            group::{self, Group},
            layout::{Kind, failed, group_key},
        },
        reconnect::Backoff,
    },
    error_chain::chain,
    store::StoreError,
};

use super::{Member, PAUSE};

const JOIN: &str = "join a group";

impl Member {
    /// Joins the group, which is made if it is new. It waits as long as the server is away, unless the bus is closed.
    pub(in crate::bus::nats) async fn join_at_last(
        &mut self,
        mut closed: watch::Receiver<bool>,
    ) -> Result<(), BusError> {
        let joining = async {
            let mut backoff = Backoff::default();
            loop {
                match self.join().await {
                    Err(error) if error.is_outage() => {
                        tracing::warn!(group = %self.group, error = chain(&error), "a listener could not join its group");
                        tokio::time::sleep(backoff.next_pause()).await;
                    }
                    outcome => return outcome,
                }
            }
        };
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => Err(BusError::Closed),
            joined = joining => joined,
        }
    }

    /// Joins the group, once. Whoever is in the way may be dead: that takes a while to tell.
    async fn join(&mut self) -> Result<(), BusError> {
        let mut met: HashMap<Uuid, u64> = HashMap::new();
        loop {
            let (mut group, revision) = self.read_group().await.map_err(|error| failed(JOIN, error))?;
            self.strike_silent(&mut group);
            if let Some(instance) = &self.instance {
                group.strike_earlier_runs(instance);
            }
            let against: Vec<_> = group.against(self.exclusive).collect();
            if against
                .iter()
                .any(|id| *met.entry(*id).or_insert(group.members[id].beats) != group.members[id].beats)
            {
                return Err(BusError::NotExclusive { group: self.group.to_string() });
            }
            if against.is_empty() {
                group.members.insert(self.id, self.entry());
                if self.write_group(&group, revision).await.map_err(|error| failed(JOIN, error))? {
                    self.signal().await;
                    return Ok(());
                }
            } else {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// What the group is to know of it.
    fn entry(&self) -> group::Member {
        group::Member::new(self.lease, self.exclusive, self.instance.clone())
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

    /// The group, with this member in it.
    pub(super) async fn present_group(&mut self, renew: bool) -> Result<Group, StoreError> {
        loop {
            let (mut group, revision) = self.read_group().await?;
            let before = group.clone();
            self.strike_silent(&mut group);
            let me = group.members.entry(self.id).or_insert_with(|| self.entry());
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

    pub(super) async fn try_leave(&self) -> Result<(), StoreError> {
        loop {
            let (mut group, revision) = self.read_group().await?;
            if group.members.remove(&self.id).is_none() || self.write_group(&group, revision).await? {
                return Ok(());
            }
        }
    }
}
