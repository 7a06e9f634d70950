//! Refusals of what processes send.
//!
//! Invariant: a refusal claims the id of the command. So of it and the command's own events, one is stored, and whoever looks the
//! id up finds that one.

use crate::{
    dispatch::CommandTable,
    event::RecordedEvent,
    message::{Metadata, StreamId},
    store::{
        Append, CommandClaim, CommandForm, EventQuery, EventStore, Expected, RecordedCommand, Refusal,
        StoreError, StreamWrite, read_page,
    },
};

use super::super::{CommandRefused, SentCommand, names};

/// Stores that a command of the process in this stream is refused, unless its id has an outcome already, which is returned. The metadata
/// is the command's.
pub(crate) async fn refuse(
    store: &(impl EventStore + ?Sized),
    commands: &CommandTable,
    process: StreamId,
    command: SentCommand,
    refusal: Refusal,
    metadata: Metadata,
) -> Result<Option<RecordedCommand>, StoreError> {
    let (claim, causation_id) = (claim(commands, &command), Some(command.id.into()));
    let event = CommandRefused::new(command, refusal).event();
    let event = event.map_err(|error| StoreError::engine("encode a refusal", error))?;
    let writes = vec![StreamWrite { stream: process, expected: Expected::Any, events: vec![event] }];
    let metadata = Metadata { causation_id, ..metadata };
    match store.append(Append { writes, command: Some(claim), metadata }).await {
        Ok(_) => Ok(None),
        Err(StoreError::AlreadyHandled(recorded)) => Ok(Some(*recorded)),
        Err(error) => Err(error),
    }
}

/// As the dispatcher claims it under the name that the command has today. The step has stored the command once for all, so that no digest
/// need tell it from another.
fn claim(commands: &CommandTable, command: &SentCommand) -> CommandClaim {
    let entry = commands.find(&command.name);
    let name = entry.map_or_else(|| command.name.clone(), |entry| entry.name.into());
    let form = CommandForm { version: command.version, shape: command.shape, digest: None };
    CommandClaim { id: command.id, name, aliases: entry.map_or(&[], |entry| entry.aliases), form }
}

/// Returns why a command was refused for good; `None` if it was accepted.
///
/// Nobody but the library stores events in the streams of processes, and under a command's id nothing but its refusal.
pub(crate) async fn refusal_of(
    store: &(impl EventStore + ?Sized),
    recorded: &RecordedCommand,
) -> Result<Option<Refusal>, StoreError> {
    let of_process = |stream: &StreamId| stream.category().starts_with(names::CATEGORY_PREFIX);
    let Some(landed) = recorded.appended.streams.iter().find(|landed| of_process(&landed.stream)) else {
        return Ok(recorded.refusal.clone());
    };
    let before = crate::Version::new(landed.first_version.get().saturating_sub(1));
    let query = EventQuery::stream(landed.stream.clone()).after_version(before);
    let (events, _) = read_page(store, &query, 1).await?;
    events.first().map(told).transpose()
}

fn told(event: &RecordedEvent) -> Result<Refusal, StoreError> {
    let CommandRefused { reason, text, .. } = event.decode()?;
    Ok(Refusal { reason, text })
}
