//! A store that fails as told, around a real one. Every call also waits once before and once after the real one,
//! so that a future can be dropped there.

use std::{
    any::Any,
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use cqrs::{
    CommandId, CorrelationId, Position, StreamId, Uuid, Version,
    store::{
        Append, Appended, Capabilities, CommandClaim, CommandFailure, DeadLetter, DeadLetterKey, Due, DueKey,
        DueKind, DueQuery, EventQuery, EventStore, Expected, FailureStore, HorizonReport, InboxStore, Lease,
        LeaseInSight, PageEnd, ProcessCounts, ProcessQuery, ProcessRow, RecordedCommand, Refusal,
        ScheduleStore, Settlement, Snapshot, SnapshotStore, Store, StoreError, Subscription,
        SubscriptionStart, SubscriptionStore, Visit,
    },
};
use tokio::{sync::watch, task::yield_now};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What becomes of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is wrong.
    None,
    /// It is stored, but the answer says that this is not known.
    LostReply,
    /// It is not stored, and the answer says that this is not known.
    NeverSent,
    /// The answer says that it is not known, and it is stored only after the next look at the command's record.
    Late,
    /// It is not stored: locked.
    Busy,
    /// It is not stored: the store says there was a conflict.
    Conflict,
}

/// A store that fails as told.
#[derive(Clone)]
pub struct FaultyStore {
    inner: Arc<dyn Store>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    faults: VecDeque<Fault>,
    late: Option<Append>,
    reads: usize,
    handed_out: usize,
    reads_in_vain: usize,
    looks_in_vain: usize,
    slow: bool,
    schedules_nothing: bool,
}

impl FaultyStore {
    pub fn around(inner: impl Store) -> Self {
        Self { inner: Arc::new(inner), state: Arc::default() }
    }

    /// Says that nothing that waits for a time is kept.
    pub fn schedules_nothing(&self) {
        self.state.lock().unwrap().schedules_nothing = true;
    }

    /// What becomes of the next appends, one after the other.
    pub fn next_appends(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state.lock().unwrap().faults.extend(faults);
    }

    /// How many of the faults are still to come.
    pub fn faults_left(&self) -> usize {
        self.state.lock().unwrap().faults.len()
    }

    /// So many of the next reads find nobody there.
    pub fn next_reads_fail(&self, count: usize) {
        self.state.lock().unwrap().reads_in_vain = count;
    }

    /// So many of the next looks at the record of a command find nobody there.
    pub fn next_looks_fail(&self, count: usize) {
        self.state.lock().unwrap().looks_in_vain = count;
    }

    /// From now on it does not come to the end of looking for what is due.
    pub fn looks_for_what_is_due_for_ever(&self) {
        self.state.lock().unwrap().slow = true;
    }

    /// How many pages were read, and how many events were handed out.
    pub fn reads(&self) -> (usize, usize) {
        let state = self.state.lock().unwrap();
        (state.reads, state.handed_out)
    }

    fn is_away(&self) -> bool {
        let mut state = self.state.lock().unwrap();
        let away = state.reads_in_vain > 0;
        state.reads_in_vain = state.reads_in_vain.saturating_sub(1);
        away
    }

    fn looks_in_vain(&self) -> bool {
        let mut state = self.state.lock().unwrap();
        let in_vain = state.looks_in_vain > 0;
        state.looks_in_vain = state.looks_in_vain.saturating_sub(1);
        in_vain
    }

    async fn be_slow(&self) {
        let is_slow = self.state.lock().unwrap().slow;
        if is_slow {
            std::future::pending::<()>().await;
        }
    }

    async fn faulty_append(&self, append: Append) -> Result<Appended, StoreError> {
        let fault = self.state.lock().unwrap().faults.pop_front().unwrap_or(Fault::None);
        let lost = || StoreError::OutcomeUnknown(std::io::Error::other("the connection is gone").into());
        match fault {
            Fault::None => self.inner.append(append).await,
            Fault::LostReply => self.inner.append(append).await.and(Err(lost())),
            Fault::NeverSent => Err(lost()),
            Fault::Late => {
                self.state.lock().unwrap().late = Some(append);
                Err(lost())
            }
            Fault::Busy => Err(StoreError::Busy { waited: Duration::ZERO, limit: Duration::ZERO }),
            Fault::Conflict => {
                let stream = append.writes[0].stream.clone();
                Err(StoreError::Conflict { stream, expected: Expected::Any, actual: Version::NONE })
            }
        }
    }
}

fn waiting<'a, T: Send + 'a>(call: Boxed<'a, T>) -> Boxed<'a, T> {
    Box::pin(async move {
        yield_now().await;
        let outcome = call.await;
        yield_now().await;
        outcome
    })
}

impl EventStore for FaultyStore {
    fn append(&self, append: Append) -> Boxed<'_, Result<Appended, StoreError>> {
        waiting(Box::pin(self.faulty_append(append)))
    }

    fn read<'a>(
        &'a self,
        query: &'a EventQuery,
        limit: usize,
        mut visit: Visit,
    ) -> Boxed<'a, Result<PageEnd, StoreError>> {
        let state = Arc::clone(&self.state);
        if self.is_away() {
            return Box::pin(async { Err(StoreError::unavailable("read events", "nobody is there")) });
        }
        state.lock().unwrap().reads += 1;
        let visit: Visit = Box::new(move |stored| {
            state.lock().unwrap().handed_out += 1;
            visit(stored)
        });
        waiting(self.inner.read(query, limit, visit))
    }

    fn version<'a>(&'a self, stream: &'a StreamId) -> Boxed<'a, Result<Version, StoreError>> {
        waiting(self.inner.version(stream))
    }

    fn head(&self) -> Boxed<'_, Result<Position, StoreError>> {
        waiting(self.inner.head())
    }

    fn command(&self, id: CommandId) -> Boxed<'_, Result<Option<RecordedCommand>, StoreError>> {
        waiting(Box::pin(async move {
            if self.looks_in_vain() {
                return Err(StoreError::unavailable("look up a command", "nobody is there"));
            }
            let found = self.inner.command(id).await;
            let late = self.state.lock().unwrap().late.take();
            if let Some(late) = late {
                // Meanwhile whoever sent it may have sent it again, or others may have moved the stream.
                let landed = self.inner.append(late).await;
                let known =
                    matches!(landed, Err(StoreError::AlreadyHandled(_) | StoreError::Conflict { .. }));
                assert!(landed.is_ok() || known, "what lands late, lands: {landed:?}");
            }
            found
        }))
    }

    fn wake_ups(&self) -> watch::Receiver<Position> {
        self.inner.wake_ups()
    }

    fn capabilities(&self) -> Capabilities {
        let capabilities = self.inner.capabilities();
        let schedules = capabilities.schedules && !self.state.lock().unwrap().schedules_nothing;
        Capabilities { schedules, ..capabilities }
    }

    fn close(&self) -> Boxed<'_, Result<(), StoreError>> {
        self.inner.close()
    }
}

impl SnapshotStore for FaultyStore {
    fn save_snapshot(&self, snapshot: Snapshot) -> Boxed<'_, Result<(), StoreError>> {
        self.inner.save_snapshot(snapshot)
    }

    fn load_snapshot<'a>(&'a self, stream: &'a StreamId) -> Boxed<'a, Result<Option<Snapshot>, StoreError>> {
        waiting(self.inner.load_snapshot(stream))
    }
}

impl SubscriptionStore for FaultyStore {
    fn subscribe(&self, start: SubscriptionStart) -> Boxed<'_, Result<Subscription, StoreError>> {
        self.inner.subscribe(start)
    }

    fn subscription<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<Option<Subscription>, StoreError>> {
        self.inner.subscription(name)
    }

    fn subscriptions(&self) -> Boxed<'_, Result<Vec<Subscription>, StoreError>> {
        self.inner.subscriptions()
    }

    fn settle<'a>(&'a self, settlement: &'a Settlement) -> Boxed<'a, Result<bool, StoreError>> {
        self.inner.settle(settlement)
    }

    fn process_page<'a>(
        &'a self,
        query: &'a ProcessQuery,
        limit: usize,
    ) -> Boxed<'a, Result<Vec<ProcessRow>, StoreError>> {
        self.inner.process_page(query, limit)
    }

    fn count_processes<'a>(&'a self, category: &'a str) -> Boxed<'a, Result<ProcessCounts, StoreError>> {
        self.inner.count_processes(category)
    }

    fn acquire_lease<'a>(
        &'a self,
        name: &'a str,
        owner: Uuid,
        duration: Duration,
    ) -> Boxed<'a, Result<Option<Lease>, StoreError>> {
        self.inner.acquire_lease(name, owner, duration)
    }

    fn lease_holder<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<Option<LeaseInSight>, StoreError>> {
        self.inner.lease_holder(name)
    }

    fn renew_lease<'a>(
        &'a self,
        lease: &'a Lease,
        duration: Duration,
    ) -> Boxed<'a, Result<bool, StoreError>> {
        self.inner.renew_lease(lease, duration)
    }

    fn release_lease<'a>(&'a self, lease: &'a Lease) -> Boxed<'a, Result<(), StoreError>> {
        self.inner.release_lease(lease)
    }

    fn park(&self, letter: DeadLetter) -> Boxed<'_, Result<(), StoreError>> {
        self.inner.park(letter)
    }

    fn dead_letters<'a>(&'a self, handler: &'a str) -> Boxed<'a, Result<Vec<DeadLetter>, StoreError>> {
        self.inner.dead_letters(handler)
    }

    fn retry_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> Boxed<'a, Result<bool, StoreError>> {
        self.inner.retry_dead_letter(key)
    }

    fn remove_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> Boxed<'a, Result<bool, StoreError>> {
        self.inner.remove_dead_letter(key)
    }
}

impl FailureStore for FaultyStore {
    fn record_failure(&self, failure: CommandFailure) -> Boxed<'_, Result<(), StoreError>> {
        waiting(self.inner.record_failure(failure))
    }

    fn failures(
        &self,
        correlation_id: Option<CorrelationId>,
        limit: usize,
    ) -> Boxed<'_, Result<Vec<CommandFailure>, StoreError>> {
        self.inner.failures(correlation_id, limit)
    }
}

impl InboxStore for FaultyStore {
    fn last_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
    ) -> Boxed<'a, Result<Version, StoreError>> {
        waiting(self.inner.last_handled(group, stream))
    }

    fn record_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
        from: Version,
        to: Version,
    ) -> Boxed<'a, Result<bool, StoreError>> {
        waiting(self.inner.record_handled(group, stream, from, to))
    }
}

impl ScheduleStore for FaultyStore {
    fn set_due(&self, due: Due) -> Boxed<'_, Result<Option<Due>, StoreError>> {
        self.inner.set_due(due)
    }

    fn replace_due(&self, due: Due) -> Boxed<'_, Result<(), StoreError>> {
        self.inner.replace_due(due)
    }

    fn move_due<'a>(&'a self, read: &'a Due, to: Due) -> Boxed<'a, Result<bool, StoreError>> {
        self.inner.move_due(read, to)
    }

    fn remove_due<'a>(&'a self, keys: &'a [DueKey]) -> Boxed<'a, Result<usize, StoreError>> {
        self.inner.remove_due(keys)
    }

    fn refuse_due<'a>(
        &'a self,
        key: &'a DueKey,
        command: &'a CommandClaim,
        refusal: &'a Refusal,
        failure: Option<&'a CommandFailure>,
    ) -> Boxed<'a, Result<Option<RecordedCommand>, StoreError>> {
        self.inner.refuse_due(key, command, refusal, failure)
    }

    fn find_due<'a>(&'a self, key: &'a DueKey) -> Boxed<'a, Result<Option<Due>, StoreError>> {
        self.inner.find_due(key)
    }

    fn due<'a>(&'a self, query: &'a DueQuery, limit: usize) -> Boxed<'a, Result<Vec<Due>, StoreError>> {
        Box::pin(async move {
            self.be_slow().await;
            self.inner.due(query, limit).await
        })
    }

    fn due_owners(&self, kind: DueKind) -> Boxed<'_, Result<Vec<String>, StoreError>> {
        Box::pin(async move {
            self.be_slow().await;
            self.inner.due_owners(kind).await
        })
    }
}

impl Store for FaultyStore {
    fn as_any(&self) -> &dyn Any {
        self.inner.as_any()
    }

    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn horizon(&self, longer_than: Duration) -> Boxed<'_, Result<HorizonReport, StoreError>> {
        self.inner.horizon(longer_than)
    }
}
