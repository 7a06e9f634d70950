//! The middle: the real dispatcher, on a store in memory.

use std::sync::Arc;

use crate::{
    aggregate::Aggregate,
    command::{Command, Decide},
    dispatch::{CommandTable, Core, DispatchSettings, dispatch_alone},
    error_chain,
    message::{Metadata, StreamId, Version},
    registry::Registry,
    repository::load,
    services::Services,
    store::{
        Append, EventQuery, EventStore, Expected, NewEvent, StoreError, StreamWrite, memory::MemoryStore,
        read_page,
    },
    testing::difference::Fact,
};

use super::Outcome;

/// Stores the history, dispatches the command, and reads back what came of it.
pub(super) async fn run<A, C>(
    stream: StreamId,
    history: Vec<NewEvent>,
    services: Services,
    metadata: Metadata,
    command: C,
) -> Outcome<A, A::Error>
where
    A: Aggregate + Decide<C>,
    C: Command<Id = A::Id>,
{
    let store = MemoryStore::new();
    let before = Version::new(history.len() as u64);
    remember(&store, &stream, &metadata, history).await.unwrap_or_else(|error| give_up(&error));
    let settings = DispatchSettings { cached_aggregates: 0, ..DispatchSettings::default() };
    // A handler may dispatch further commands.
    let commands = CommandTable::new(Registry::collect().commands().iter().copied());
    let core =
        Core::new(Arc::new(store.clone()), services, commands, settings, Arc::new(crate::clock::SystemClock));
    let receipt = dispatch_alone::<A, C>(&core, command, metadata).await;
    let events = events_after(&store, &stream, before).await.unwrap_or_else(|error| give_up(&error));
    let loaded = load::<A>(&store, &stream).await.unwrap_or_else(|error| give_up(&error));
    Outcome { stream, decided: receipt.map(|_| events), loaded }
}

async fn remember(
    store: &MemoryStore,
    stream: &StreamId,
    metadata: &Metadata,
    events: Vec<NewEvent>,
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let write = StreamWrite { stream: stream.clone(), expected: Expected::NoStream, events };
    store.append(Append { writes: vec![write], command: None, metadata: metadata.clone() }).await.map(drop)
}

async fn events_after(
    store: &MemoryStore,
    stream: &StreamId,
    version: Version,
) -> Result<Vec<Fact>, StoreError> {
    let query = EventQuery::stream(stream.clone()).after_version(version);
    let (events, _) = read_page(store, &query, usize::MAX).await?;
    Ok(events.iter().map(Fact::stored).collect())
}

/// An event that does not survive its way through the store is a mistake in the event's own code.
fn give_up(error: &(dyn std::error::Error + 'static)) -> ! {
    panic!("the events cannot be stored and read back: {}", error_chain::chain(error))
}
