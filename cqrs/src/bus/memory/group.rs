//! The consumers that share messages, and what waits for them.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::bus::{BusError, ConsumerOptions, DeadLetter, EncodedMessage, Standing};

use super::{
    dead_letters::DeadLetters,
    partition::{Entry, Partition},
};

/// Enough that consumers rarely wait for each other's partitions, few enough to look through.
const PARTITIONS: usize = 64;

/// A member of a group.
#[derive(Debug)]
struct Member {
    exclusive: bool,
    prefetch: usize,
    in_hand: usize,
    /// Where it looks first, so that no partition starves.
    next_partition: usize,
}

/// The consumers that share messages, and what waits for them.
///
/// Invariant: `unsettled` counts what waits and what is taken; `in_hand` of a member what it has taken.
#[derive(Debug)]
pub(super) struct Group {
    name: String,
    partitions: Vec<Partition>,
    members: HashMap<u64, Member>,
    unsettled: usize,
    dead: DeadLetters,
}

impl Group {
    pub(super) fn new(name: &str) -> Self {
        let partitions = std::iter::repeat_with(Partition::default).take(PARTITIONS).collect();
        let (members, dead) = (HashMap::new(), DeadLetters::default());
        Self { name: name.to_owned(), partitions, members, unsettled: 0, dead }
    }

    pub(super) fn unsettled(&self) -> usize {
        self.unsettled
    }

    pub(super) fn join(&mut self, consumer: u64, options: &ConsumerOptions) -> Result<(), BusError> {
        let alone = self.members.is_empty();
        if !alone && (options.exclusive || self.members.values().any(|member| member.exclusive)) {
            return Err(BusError::NotExclusive { group: self.name.clone() });
        }
        let prefetch = options.prefetch.max(1);
        let member = Member { exclusive: options.exclusive, prefetch, in_hand: 0, next_partition: 0 };
        self.members.insert(consumer, member);
        Ok(())
    }

    /// Removes a consumer; what it had taken waits again.
    pub(super) fn leave(&mut self, consumer: u64) {
        self.members.remove(&consumer);
        for partition in &mut self.partitions {
            partition.give_all_back(consumer);
        }
    }

    pub(super) fn push(&mut self, sequence: u64, message: Arc<EncodedMessage>) {
        self.put(Entry { sequence, message, redeliveries: 0, released: false });
    }

    fn put(&mut self, entry: Entry) {
        self.partitions[entry.message.partition(PARTITIONS)].push(entry);
        self.unsettled += 1;
    }

    /// The next message for a consumer, if there is one it may have, and the partition it is in.
    pub(super) fn take(&mut self, consumer: u64) -> Option<(usize, Entry)> {
        let member = self.members.get_mut(&consumer).filter(|member| member.in_hand < member.prefetch)?;
        let first = member.next_partition;
        let (partition, entry) = (first..first + PARTITIONS)
            .map(|index| index % PARTITIONS)
            .find_map(|index| self.partitions[index].take(consumer).map(|entry| (index, entry)))?;
        member.in_hand += 1;
        member.next_partition = (partition + 1) % PARTITIONS;
        Some((partition, entry))
    }

    pub(super) fn settle(
        &mut self,
        consumer: u64,
        partition: usize,
        sequence: u64,
        letter: Option<DeadLetter>,
    ) -> Result<(), BusError> {
        let entry = self.partitions[partition].settle(consumer, sequence).ok_or(BusError::TakenBack)?;
        self.put_down(consumer);
        self.unsettled -= 1;
        if let Some(next) = self.dead.settled(&entry, letter) {
            self.put(next);
        }
        Ok(())
    }

    pub(super) fn standing(&self, consumer: u64, partition: usize, sequence: u64) -> Standing {
        match self.partitions[partition].taken(consumer, sequence) {
            None => Standing::TakenBack,
            Some(entry) if !entry.released && self.dead.park(&entry.message.key) => Standing::Parked,
            Some(_) => Standing::Next,
        }
    }

    pub(super) fn give_back(&mut self, consumer: u64, partition: usize, sequence: u64) {
        if self.partitions[partition].give_back(consumer, sequence) {
            self.put_down(consumer);
        }
    }

    fn put_down(&mut self, consumer: u64) {
        if let Some(member) = self.members.get_mut(&consumer) {
            member.in_hand -= 1;
        }
    }

    pub(super) fn dead_letters(&self, limit: usize) -> Vec<DeadLetter> {
        self.dead.list(limit)
    }

    /// Gives a dead letter to the consumers again, as a message with this number if it is to go behind the others.
    pub(super) fn retry_dead_letter(&mut self, message: Uuid, sequence: u64) -> bool {
        let found = self.dead.contains(message);
        if let Some(entry) = self.dead.retry(message, sequence, &self.name) {
            self.put(entry);
        }
        found
    }

    pub(super) fn remove_dead_letter(&mut self, message: Uuid) -> bool {
        let found = self.dead.contains(message);
        if let Some(next) = self.dead.remove(message) {
            self.put(next);
        }
        found
    }
}
