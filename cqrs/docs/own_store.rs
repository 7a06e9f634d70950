use cqrs::event::{Envelope, RecordedEvent};
use cqrs::store::{
    Append, Appended, AppendedStream, BoxFuture, Capabilities, CommandClaim, CommandFailure, DeadLetter,
    DeadLetterKey, Due, DueKey, DueKind, DueQuery, EventQuery, EventStore, FailureStore, Idempotency,
    InboxStore, KeptProcesses, KeptSchedule, KeptSubscription, Lease, PageBuilder, PageEnd, ParkedStream,
    ProcessCounts, ProcessQuery, ProcessRow, RecordedCommand, Refusal, ScheduleStore, Settlement, Snapshot,
    SnapshotStore, Store, StoreError, StreamWrite, Subscription, SubscriptionStart, SubscriptionStore, Visit,
};
use cqrs::testing::store::StorePlace;
use cqrs::{CommandId, CorrelationId, Position, StreamId, Tag, Timestamp, Uuid, Version};
use std::{
    any::Any,
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

#[derive(Clone, Default)]
struct Journal {
    content: Arc<Mutex<Content>>,
    wake_ups: watch::Sender<Position>,
}

#[derive(Default)]
struct Content {
    closed: bool,
    log: Vec<(RecordedEvent, Vec<Tag>)>,
    commands: HashMap<CommandId, RecordedCommand>,
    snapshots: HashMap<StreamId, Snapshot>,
    subscriptions: BTreeMap<String, KeptSubscription>,
    parked: BTreeMap<(String, StreamId), ParkedStream>,
    processes: KeptProcesses,
    failures: Vec<CommandFailure>,
    schedule: KeptSchedule,
    inbox: HashMap<(String, StreamId), Version>,
}

impl Journal {
    fn open(&self) -> Result<MutexGuard<'_, Content>, StoreError> {
        let content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        if content.closed { Err(StoreError::Closed) } else { Ok(content) }
    }
}
impl Content {
    fn head(&self) -> Position {
        self.log.last().map_or(Position::START, |(event, _)| event.position)
    }
    fn version(&self, stream: &StreamId) -> Version {
        let of_stream = self.log.iter().rev().find(|(event, _)| event.envelope.stream == *stream);
        of_stream.map_or(Version::NONE, |(event, _)| event.envelope.version)
    }
    fn append(&mut self, append: Append) -> Result<Appended, StoreError> {
        append.check_shape()?;
        if let Some(claim) = &append.command
            && let Some(known) = self.commands.get(&claim.id)
        {
            return Err(known.clone().refusal_of(claim));
        }
        for write in &append.writes {
            write.check_expectation(self.version(&write.stream))?;
        }
        let Append { writes, command, metadata } = append;
        let written = writes.into_iter().filter(|write| !write.events.is_empty());
        let streams = written.map(|write| self.write(write, &metadata)).collect();
        let appended = Appended { streams };
        if let Some(claim) = command {
            self.commands.insert(claim.id, RecordedCommand::of(&claim, appended.clone()));
        }
        Ok(appended)
    }
    fn write(&mut self, write: StreamWrite, metadata: &cqrs::Metadata) -> AppendedStream {
        let StreamWrite { stream, events, .. } = write;
        let (before, head) = (self.version(&stream), self.head());
        let mut version = before;
        for event in events {
            version = version.next();
            let (stream, metadata) = (stream.clone(), metadata.clone());
            let (id, name, schema_version) = (event.id, event.name, event.schema_version);
            let envelope = Envelope { id, stream, version, name, schema_version, metadata };
            let position = self.head().next();
            self.log.push((RecordedEvent { position, envelope, payload: event.payload }, event.tags));
        }
        AppendedStream {
            stream,
            first_version: before.next(),
            last_version: version,
            first_position: head.next(),
            last_position: self.head(),
        }
    }
    fn read(&self, query: &EventQuery, limit: usize, visit: Visit) -> Result<PageEnd, StoreError> {
        let mut page = PageBuilder::new(query, limit, visit);
        for (event, tags) in &self.log {
            let event = event.as_stored();
            if query.matches(&event, |tag| tags.contains(tag))? && page.show(&event).is_break() {
                return Ok(page.full());
            }
        }
        Ok(page.complete(self.head()))
    }
    fn subscribe(&mut self, start: &SubscriptionStart) -> Subscription {
        let names = std::iter::once(&start.name).chain(start.aliases);
        let found = names.into_iter().find_map(|name| self.subscriptions.remove(*name));
        let mut kept = found.unwrap_or_else(|| KeptSubscription::new(start, self.head()));
        let former = std::mem::replace(&mut kept.subscription.name, start.name.to_owned());
        if former != start.name {
            let letters: Vec<_> = self.parked.extract_if(.., |place, _| place.0 == former).collect();
            for ((_, stream), mut parked) in letters {
                parked.rename(start.name);
                self.parked.insert((start.name.to_owned(), stream), parked);
            }
        }
        let subscription = kept.subscription.clone();
        self.subscriptions.insert(start.name.to_owned(), kept);
        subscription
    }
    fn letters(&mut self, key: &DeadLetterKey) -> &mut ParkedStream {
        self.parked.entry((key.handler.clone(), key.stream.clone())).or_default()
    }
}
impl EventStore for Journal {
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, StoreError>> {
        Box::pin(async move {
            let appended = self.open()?.append(append)?;
            self.wake_ups.send_modify(|known| *known = appended.last_position().max(*known));
            Ok(appended)
        })
    }
    fn read<'a>(
        &'a self,
        query: &'a EventQuery,
        limit: usize,
        visit: Visit,
    ) -> BoxFuture<'a, Result<PageEnd, StoreError>> {
        Box::pin(async move { self.open()?.read(query, limit, visit) })
    }
    fn version<'a>(&'a self, stream: &'a StreamId) -> BoxFuture<'a, Result<Version, StoreError>> {
        Box::pin(async move { Ok(self.open()?.version(stream)) })
    }
    fn head(&self) -> BoxFuture<'_, Result<Position, StoreError>> {
        Box::pin(async move { Ok(self.open()?.head()) })
    }
    fn command(&self, id: CommandId) -> BoxFuture<'_, Result<Option<RecordedCommand>, StoreError>> {
        Box::pin(async move { Ok(self.open()?.commands.get(&id).cloned()) })
    }
    fn wake_ups(&self) -> watch::Receiver<Position> {
        self.wake_ups.subscribe()
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            several_streams: true,
            idempotency: Idempotency::Store,
            largest_append: None,
            schedules: true,
            durable: false,
            poll_interval: None,
        }
    }
    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.content.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
            Ok(())
        })
    }
}
impl SnapshotStore for Journal {
    fn save_snapshot(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let snapshots = &mut self.open()?.snapshots;
            if !snapshots.get(&snapshot.stream).is_some_and(|kept| kept.outlives(&snapshot)) {
                snapshots.insert(snapshot.stream.clone(), snapshot);
            }
            Ok(())
        })
    }
    fn load_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, StoreError>> {
        Box::pin(async move { Ok(self.open()?.snapshots.get(stream).cloned()) })
    }
}
impl SubscriptionStore for Journal {
    fn subscribe(&self, start: SubscriptionStart) -> BoxFuture<'_, Result<Subscription, StoreError>> {
        Box::pin(async move { Ok(self.open()?.subscribe(&start)) })
    }
    fn subscription<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Subscription>, StoreError>> {
        Box::pin(
            async move { Ok(self.open()?.subscriptions.get(name).map(|kept| kept.subscription.clone())) },
        )
    }
    fn subscriptions(&self) -> BoxFuture<'_, Result<Vec<Subscription>, StoreError>> {
        Box::pin(async move {
            Ok(self.open()?.subscriptions.values().map(|kept| kept.subscription.clone()).collect())
        })
    }
    fn settle<'a>(&'a self, settlement: &'a Settlement) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let mut content = self.open()?;
            let kept = content.subscriptions.get_mut(&settlement.name);
            let settled = kept.is_some_and(|kept| kept.settle(settlement));
            if settled {
                settlement.letters.iter().for_each(|change| content.letters(change.key()).change(change));
                settlement.processes.iter().for_each(|row| content.processes.keep(row.clone()));
            }
            Ok(settled)
        })
    }
    fn process_page<'a>(
        &'a self,
        query: &'a ProcessQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<ProcessRow>, StoreError>> {
        Box::pin(async move { Ok(self.open()?.processes.page(query, limit)) })
    }
    fn count_processes<'a>(&'a self, category: &'a str) -> BoxFuture<'a, Result<ProcessCounts, StoreError>> {
        Box::pin(async move { Ok(self.open()?.processes.counts(category)) })
    }
    fn acquire_lease<'a>(
        &'a self,
        name: &'a str,
        owner: Uuid,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Option<Lease>, StoreError>> {
        Box::pin(async move {
            let mut content = self.open()?;
            let kept = content.subscriptions.get_mut(name);
            Ok(kept.and_then(|kept| kept.acquire_lease(owner, Timestamp::now(), duration)))
        })
    }
    fn renew_lease<'a>(
        &'a self,
        lease: &'a Lease,
        duration: Duration,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let mut content = self.open()?;
            let kept = content.subscriptions.get_mut(&lease.name);
            Ok(kept.is_some_and(|kept| kept.renew_lease(lease, Timestamp::now(), duration)))
        })
    }
    fn release_lease<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            if let Some(kept) = self.open()?.subscriptions.get_mut(&lease.name) {
                kept.release_lease(lease);
            }
            Ok(())
        })
    }
    fn park(&self, letter: DeadLetter) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.open()?.letters(&letter.key.clone()).park(letter);
            Ok(())
        })
    }
    fn dead_letters<'a>(&'a self, handler: &'a str) -> BoxFuture<'a, Result<Vec<DeadLetter>, StoreError>> {
        Box::pin(async move {
            let content = self.open()?;
            let parked = content.parked.iter().filter(|(place, _)| place.0 == handler);
            Ok(parked.flat_map(|(_, parked)| parked.letters()).cloned().collect())
        })
    }
    fn retry_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { Ok(self.open()?.letters(key).retry(key.position)) })
    }
    fn remove_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { Ok(self.open()?.letters(key).remove(key.position)) })
    }
}
impl FailureStore for Journal {
    fn record_failure(&self, failure: CommandFailure) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.open()?.failures.push(failure);
            Ok(())
        })
    }
    fn failures(
        &self,
        id: Option<CorrelationId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<CommandFailure>, StoreError>> {
        Box::pin(async move {
            let mut latest = self.open()?.failures.clone();
            latest.retain(|failure| id.is_none_or(|id| id == failure.metadata.correlation_id));
            latest.sort_by_key(|failure| failure.metadata.time);
            latest.drain(..latest.len().saturating_sub(limit));
            Ok(latest)
        })
    }
}
impl ScheduleStore for Journal {
    fn set_due(&self, due: Due) -> BoxFuture<'_, Result<Option<Due>, StoreError>> {
        Box::pin(async move { Ok(self.open()?.schedule.set(due)) })
    }
    fn replace_due(&self, due: Due) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.open()?.schedule.replace(due);
            Ok(())
        })
    }
    fn move_due<'a>(&'a self, read: &'a Due, to: Due) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { Ok(self.open()?.schedule.change(read, to)) })
    }
    fn remove_due<'a>(&'a self, keys: &'a [DueKey]) -> BoxFuture<'a, Result<usize, StoreError>> {
        Box::pin(async move {
            let schedule = &mut self.open()?.schedule;
            Ok(keys.iter().filter(|key| schedule.remove(key)).count())
        })
    }
    fn refuse_due<'a>(
        &'a self,
        key: &'a DueKey,
        command: &'a CommandClaim,
        refusal: &'a Refusal,
        failure: Option<&'a CommandFailure>,
    ) -> BoxFuture<'a, Result<Option<RecordedCommand>, StoreError>> {
        Box::pin(async move {
            let mut content = self.open()?;
            content.schedule.remove(key);
            let recorded = content.commands.get(&command.id).cloned();
            if recorded.is_none() {
                content.commands.insert(command.id, RecordedCommand::refused(command, refusal.clone()));
                content.failures.extend(failure.cloned());
            }
            Ok(recorded)
        })
    }
    fn find_due<'a>(&'a self, key: &'a DueKey) -> BoxFuture<'a, Result<Option<Due>, StoreError>> {
        Box::pin(async move { Ok(self.open()?.schedule.find(key).cloned()) })
    }
    fn due<'a>(&'a self, query: &'a DueQuery, limit: usize) -> BoxFuture<'a, Result<Vec<Due>, StoreError>> {
        Box::pin(async move { Ok(self.open()?.schedule.page(query, limit)) })
    }
    fn due_owners(&self, kind: DueKind) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
        Box::pin(async move { Ok(self.open()?.schedule.owners(kind)) })
    }
}
impl InboxStore for Journal {
    fn last_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
    ) -> BoxFuture<'a, Result<Version, StoreError>> {
        let place = (group.to_owned(), stream.clone());
        Box::pin(async move { Ok(self.open()?.inbox.get(&place).copied().unwrap_or_default()) })
    }
    fn record_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
        from: Version,
        to: Version,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let place = (group.to_owned(), stream.clone());
        Box::pin(async move {
            let mut content = self.open()?;
            let last = content.inbox.entry(place).or_default();
            let moves = *last == from && from < to;
            if moves {
                *last = to;
            }
            Ok(moves)
        })
    }
}
impl Store for Journal {
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn name(&self) -> &'static str {
        "journal"
    }
}

/// Where the suite finds the store: here a new one each time. One that is durable opens the same file, or schema, again.
struct Memory;

impl StorePlace for Memory {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
        Box::pin(async { Arc::new(Journal::default()) as _ })
    }
}

cqrs::store_conformance_tests!(Memory);
