//! What a line of the file says: some values are what they are now.

use std::collections::{BTreeMap, HashMap};

use cqrs::{
    CommandId, Position, StreamId, Tag, Version,
    event::RecordedEvent,
    store::{
        CommandFailure, Due, DueKey, KeptProcesses, KeptSchedule, KeptSubscription, ParkedStream, ProcessRow,
        RecordedCommand, Snapshot,
    },
};
use serde::{Deserialize, Serialize};

/// A value that is new, or has changed.
#[derive(Serialize, Deserialize)]
pub enum Entry {
    Event(RecordedEvent, Vec<Tag>),
    Command(RecordedCommand),
    Snapshot(Snapshot),
    Subscription(KeptSubscription),
    /// The subscription goes by another name now.
    Renamed(String),
    Parked(String, StreamId, ParkedStream),
    /// Where a process stands, unless something newer is known.
    Process(ProcessRow),
    Failure(CommandFailure),
    Handled(String, StreamId, Version),
    Due(Due),
    /// Nothing waits under the key any more.
    Removed(DueKey),
}

/// Everything there is.
#[derive(Default)]
pub struct Content {
    pub log: Vec<(RecordedEvent, Vec<Tag>)>,
    pub commands: HashMap<CommandId, RecordedCommand>,
    pub snapshots: HashMap<StreamId, Snapshot>,
    pub subscriptions: BTreeMap<String, KeptSubscription>,
    pub parked: BTreeMap<(String, StreamId), ParkedStream>,
    pub processes: KeptProcesses,
    pub failures: Vec<CommandFailure>,
    pub inbox: HashMap<(String, StreamId), Version>,
    pub schedule: KeptSchedule,
    versions: HashMap<StreamId, Version>,
}

impl Content {
    pub fn head(&self) -> Position {
        self.log.last().map_or(Position::START, |(event, _)| event.position)
    }

    pub fn version(&self, stream: &StreamId) -> Version {
        self.versions.get(stream).copied().unwrap_or_default()
    }

    pub fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Event(event, tags) => {
                self.versions.insert(event.envelope.stream.clone(), event.envelope.version);
                self.log.push((event, tags));
            }
            Entry::Command(command) => drop(self.commands.insert(command.id, command)),
            Entry::Snapshot(snapshot) => drop(self.snapshots.insert(snapshot.stream.clone(), snapshot)),
            Entry::Subscription(kept) => {
                drop(self.subscriptions.insert(kept.subscription.name.clone(), kept));
            }
            Entry::Renamed(former) => drop(self.subscriptions.remove(&former)),
            Entry::Parked(handler, stream, parked) if parked.is_empty() => {
                drop(self.parked.remove(&(handler, stream)));
            }
            Entry::Parked(handler, stream, parked) => drop(self.parked.insert((handler, stream), parked)),
            Entry::Process(row) => self.processes.keep(row),
            Entry::Failure(failure) => self.failures.push(failure),
            Entry::Handled(group, stream, version) => drop(self.inbox.insert((group, stream), version)),
            Entry::Due(due) => self.schedule.replace(due),
            Entry::Removed(key) => _ = self.schedule.remove(&key),
        }
    }
}
