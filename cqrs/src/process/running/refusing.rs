//! Refusals of what processes send.
//!
//! Invariant: a refusal claims the id of the command. So of it and the command's own events, one is stored, and whoever looks the
//! id up finds that one.

use crate::{
    dispatch::CommandTable,
    event::RecordedEvent,
    message::{CommandId, Metadata, StreamId, Version},
    store::{
        Append, CommandClaim, CommandForm, DueKey, DueKind, EventQuery, EventStore, Expected, Idempotency,
        RecordedCommand, Refusal, Store, StoreError, StreamWrite, read_page,
    },
};

use super::super::{CommandRefused, SentCommand, names};

/// A command of the process in a stream that is refused, with the command's metadata.
pub(crate) struct Refusing<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) commands: &'a CommandTable,
    pub(crate) process: StreamId,
    pub(crate) command: &'a SentCommand,
    pub(crate) metadata: &'a Metadata,
}

impl Refusing<'_> {
    /// Stores that the command is refused, unless its id has an outcome already, which is returned. To do it again changes nothing.
    pub(crate) async fn refuse(self, refusal: Refusal) -> Result<Option<RecordedCommand>, StoreError> {
        let claim = claim(self.commands, self.command);
        match self.store.capabilities().idempotency {
            Idempotency::Store => self.tell(claim, refusal).await,
            Idempotency::Stream => self.refuse_first(claim, refusal).await,
        }
    }

    /// Where an id is taken once in each stream, the event in the process's stream cannot keep the command's from being stored. So the
    /// command is refused where its own events would be; then the event is stored, by whoever finds the first without it.
    async fn refuse_first(
        self,
        claim: CommandClaim,
        refusal: Refusal,
    ) -> Result<Option<RecordedCommand>, StoreError> {
        // A key that nothing waits under.
        let nothing = DueKey::new(DueKind::Retry, names::REFUSED);
        let known = self.store.refuse_due(&nothing, &claim, &refusal, None).await?;
        let refusal = match known {
            None => refusal,
            Some(RecordedCommand { refusal: Some(first), .. }) => first,
            accepted => return Ok(accepted),
        };
        let of_event = CommandId::derived(names::REFUSED, claim.id);
        let claim = CommandClaim { id: of_event, name: names::REFUSED.into(), aliases: &[], ..claim };
        self.tell(claim, refusal).await
    }

    async fn tell(
        self,
        claim: CommandClaim,
        refusal: Refusal,
    ) -> Result<Option<RecordedCommand>, StoreError> {
        let causation_id = Some(self.command.id.into());
        let event = CommandRefused::new(self.command.clone(), refusal).event();
        let event = event.map_err(|error| StoreError::engine("encode a refusal", error))?;
        let writes = vec![StreamWrite { stream: self.process, expected: Expected::Any, events: vec![event] }];
        let metadata = Metadata { causation_id, ..self.metadata.clone() };
        match self.store.append(Append { writes, command: Some(claim), metadata }).await {
            Ok(_) => Ok(None),
            Err(StoreError::AlreadyHandled(recorded)) => Ok(Some(*recorded)),
            Err(error) => Err(error),
        }
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
    let before = Version::new(landed.first_version.get().saturating_sub(1));
    let query = EventQuery::stream(landed.stream.clone()).after_version(before);
    let (events, _) = read_page(store, &query, 1).await?;
    events.first().map(told).transpose()
}

fn told(event: &RecordedEvent) -> Result<Refusal, StoreError> {
    let CommandRefused { reason, text, .. } = event.decode()?;
    Ok(Refusal { reason, text })
}
