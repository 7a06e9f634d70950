//! One command, one aggregate.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
};

use futures_util::FutureExt;
use smol_str::SmolStr;
use tracing::Instrument;

use crate::{
    aggregate::Aggregate,
    command::{Command, CommandContext, Decide, Existence},
    event::Event,
    message::{Metadata, StreamId, Version},
    panics::message,
    repository::{Loaded, Recording, load, snapshot_due, take_snapshot},
    store::{Expected, NewEvent, StreamWrite},
};

use super::{
    DispatchError, Receipt, Request,
    append::{Attempts, Written},
    cache::{AggregateCache, Permit},
    decide,
    dispatcher::Core,
    held,
    prepared::Prepared,
};

/// One command on its way through one aggregate.
struct Handling<'a, A: Aggregate> {
    core: &'a Core,
    prepared: &'a Prepared,
    stream: &'a StreamId,
    /// That of the command itself.
    metadata: Metadata,
    expected: Option<Expected>,
    time_limit: std::time::Duration,
    /// `None` for a command sent from a handler to a busy aggregate: it goes without queue and cache.
    permit: Option<Permit<A>>,
}

/// Handles the command: decides on the folded state, folds the new events, appends; again after a conflict.
pub(super) async fn handle<A, C>(
    core: &Core,
    request: Request<C>,
    prepared: &Prepared,
) -> Result<Receipt, DispatchError<A::Error>>
where
    A: Aggregate + Decide<C>,
    C: Command<Id = A::Id>,
{
    let stream = &A::stream(request.command.aggregate_id());
    if held::holds(stream) {
        return Err(DispatchError::Reentrant(stream.clone()));
    }
    let mut permit = permit(&core.caches.of::<A>(), stream).await;
    let cached = permit.as_mut().and_then(Permit::take);
    let time_limit = request.time_limit.unwrap_or(core.settings.time_limit);
    let Request { command, metadata, expected, .. } = request;
    Handling { core, prepared, stream, metadata, expected, time_limit, permit }.run(command, cached).await
}

async fn permit<A>(cache: &Arc<AggregateCache<A>>, stream: &StreamId) -> Option<Permit<A>> {
    let key = SmolStr::new(stream.key());
    if held::holds_any() { cache.try_acquire(&key) } else { Some(cache.acquire(&key).await) }
}

impl<A: Aggregate> Handling<'_, A> {
    async fn run<C>(
        &self,
        command: C,
        mut cached: Option<Loaded<A>>,
    ) -> Result<Receipt, DispatchError<A::Error>>
    where
        A: Decide<C>,
        C: Command<Id = A::Id>,
    {
        let mut attempts = Attempts::new(self.core.settings.conflict_retries);
        let mut first = Some(command);
        loop {
            let command = match first.take() {
                Some(command) => command,
                None => self.prepared.command_again()?,
            };
            let from_cache = cached.is_some();
            let loaded = match cached.take() {
                Some(loaded) => loaded,
                None => Box::pin(self.load()).await?,
            };
            let before = loaded.version;
            let verdict = self.attempt(loaded, command, &mut attempts).await;
            // What is answered without an append rests on the state alone: an old one must not answer.
            if from_cache && !verdict.is_confirmed_by_append() && !Box::pin(self.is_at(before)).await? {
                continue;
            }
            match verdict {
                Verdict::Again => {}
                Verdict::Stored(result) | Verdict::Failed(result) => return result,
                Verdict::Unchanged(result, loaded) => {
                    self.keep(loaded);
                    return result;
                }
            }
        }
    }

    async fn attempt<C>(
        &self,
        mut loaded: Loaded<A>,
        command: C,
        attempts: &mut Attempts,
    ) -> Verdict<A, DispatchError<A::Error>>
    where
        A: Decide<C>,
        C: Command<Id = A::Id>,
    {
        if let Err(refusal) = self.admit(&loaded, A::HANDLER.existence) {
            return Verdict::Unchanged(Err(refusal), loaded);
        }
        let events = match self.decide(&loaded, command).await {
            Ok(events) if events.is_empty() => return Verdict::Unchanged(Ok(self.nothing()), loaded),
            Ok(events) => events,
            Err(error @ DispatchError::Rejected(_)) => return Verdict::Unchanged(Err(error), loaded),
            Err(error) => return Verdict::Failed(Err(error)),
        };
        let expected = Expected::Exactly(loaded.version);
        let new = match self.record(&mut loaded, &events) {
            Ok(new) => new,
            Err(error) => return Verdict::Failed(Err(error)),
        };
        let write = StreamWrite { stream: self.stream.clone(), expected, events: new };
        match self.core.append(self.prepared, vec![write], attempts).await {
            Ok(Written::Again) => Verdict::Again,
            Ok(Written::Repeated(receipt)) => Verdict::Stored(Ok(receipt)),
            Ok(Written::Stored(receipt)) => {
                for event in &events {
                    self.core.meters.appended(event.kind().name);
                }
                self.snapshot(&mut loaded);
                self.keep(loaded);
                Verdict::Stored(Ok(receipt))
            }
            Err(error) => Verdict::Stored(Err(error)),
        }
    }

    /// Loads the state. An event handler of the aggregate may panic on its history: that fails this command.
    async fn load<E>(&self) -> Result<Loaded<A>, DispatchError<E>> {
        match AssertUnwindSafe(load(&*self.core.store, self.stream)).catch_unwind().await {
            Ok(loaded) => loaded.map_err(DispatchError::Load),
            Err(panic) => Err(DispatchError::Panicked(message(&*panic))),
        }
    }

    /// Folds the new events onto the state. After an error, or a panic of an event handler, the state is part of
    /// the way, and the caller drops it.
    fn record<E>(
        &self,
        loaded: &mut Loaded<A>,
        events: &[A::Event],
    ) -> Result<Vec<NewEvent>, DispatchError<E>> {
        let recording = Recording { stream: self.stream, metadata: &self.prepared.metadata };
        match catch_unwind(AssertUnwindSafe(|| recording.record_all(loaded, events))) {
            Ok(recorded) => recorded.map_err(DispatchError::InvalidDecision),
            Err(panic) => Err(DispatchError::Panicked(message(&*panic))),
        }
    }

    /// Whether the handler may be asked at all.
    fn admit<E>(&self, loaded: &Loaded<A>, existence: Existence) -> Result<(), DispatchError<E>> {
        if let Some(expected) = self.expected.filter(|expected| !expected.holds(loaded.version)) {
            let (stream, actual) = (self.stream.clone(), loaded.version);
            return Err(DispatchError::Conflict { stream, expected, actual, attempts: 0 });
        }
        let exists = loaded.version != Version::NONE;
        match existence {
            _ if loaded.has_ended() => Err(DispatchError::Ended(self.stream.clone())),
            Existence::Absent if exists => Err(DispatchError::AlreadyExists(self.stream.clone())),
            Existence::Existing if !exists => Err(DispatchError::NotFound(self.stream.clone())),
            _ => Ok(()),
        }
    }

    async fn decide<C>(
        &self,
        loaded: &Loaded<A>,
        command: C,
    ) -> Result<Vec<A::Event>, DispatchError<A::Error>>
    where
        A: Decide<C>,
        C: Command<Id = A::Id>,
    {
        let context = CommandContext {
            command_id: self.prepared.claim.id,
            metadata: &self.metadata,
            stream: Some(self.stream),
            services: &self.core.services,
            store: None,
        };
        // Pinned where it is made: what wraps it would move it, and is kept beside it.
        let handler = pin!(A::decide(loaded.existing(), command, context));
        let handler = handler.instrument(tracing::debug_span!("decide"));
        let handler = pin!(handler);
        held::holding(self.stream, decide::run(self.time_limit, handler)).await
    }

    async fn is_at<E>(&self, version: Version) -> Result<bool, DispatchError<E>> {
        let actual = self.core.store.version(self.stream).await.map_err(DispatchError::Store)?;
        Ok(actual == version)
    }

    fn keep(&self, loaded: Loaded<A>) {
        if let Some(permit) = &self.permit {
            permit.keep(loaded);
        }
    }

    /// A snapshot is taken beside the command: it must not wait for one, nor fail with one.
    fn snapshot(&self, loaded: &mut Loaded<A>) {
        if !snapshot_due(loaded) {
            return;
        }
        let Some(snapshot) = take_snapshot(self.stream, loaded) else { return };
        loaded.snapshot = loaded.version;
        loaded.folded = 0;
        let store = Arc::clone(&self.core.store);
        tokio::spawn(async move { crate::repository::save_snapshot(&*store, snapshot).await });
    }

    fn nothing(&self) -> Receipt {
        let appended = crate::store::Appended { streams: Vec::new() };
        Receipt { command_id: self.prepared.claim.id, appended, repeated: false }
    }
}

/// How an attempt ended.
enum Verdict<A, E> {
    /// Decided again after a conflict.
    Again,
    /// The append had the last word.
    Stored(Result<Receipt, E>),
    /// The handler was asked, and its state is not to be used again.
    Failed(Result<Receipt, E>),
    /// Nothing was appended, and the state is as it was.
    Unchanged(Result<Receipt, E>, Loaded<A>),
}

impl<A, E> Verdict<A, E> {
    fn is_confirmed_by_append(&self) -> bool {
        matches!(self, Self::Again | Self::Stored(_))
    }
}
