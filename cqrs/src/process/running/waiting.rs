//! Triggers that come before their process, where they are to wait for it.
//!
//! Such a trigger is noted in the process's stream, and is done: it holds nothing, and least of all the trigger that starts the process.
//! Once that is handled, the noted ones follow, in the order of the log. A note is stored only while there is no step, and
//! what follows belongs to the first step: a starter that is interrupted comes again, and so do they; each has its own claim.

use tracing::warn;

use crate::{
    message::{CommandId, StreamId, Version},
    store::{
        Append, CommandClaim, CommandForm, EventQuery, Expected, StoreError, StreamWrite, read_page_within,
    },
    subscription::{Unhandled, event_at},
};

use super::{
    super::{Step, Trigger, TriggerKind, TriggerWaits, Unmatched, names},
    failures::{for_good, unhandled},
    making::Made,
    steps::Steps,
};

impl Steps {
    /// A trigger has found no process: it is ignored, or waits for it.
    pub(super) async fn unmatched(
        &self,
        process: &StreamId,
        trigger: &Trigger,
        version: Version,
    ) -> Result<Made, Unhandled> {
        self.count("cqrs_process_unmatched_total");
        if self.entry.unmatched == Unmatched::Ignore || trigger.kind() != TriggerKind::Event {
            return Ok(Made::Later);
        }
        let note = TriggerWaits { trigger: trigger.for_step() };
        let metadata = Step::metadata(process, trigger, self.core.clock().now()).map_err(for_good)?;
        let event = note.event(process).map_err(for_good)?;
        let waits = event.clone();
        let form = CommandForm { version: 1, shape: 0, digest: None };
        let id = CommandId::from(event.id.as_uuid());
        let claim = CommandClaim { id, name: names::WAITS.into(), aliases: &[], form };
        let expected = Expected::Exactly(version);
        let writes = vec![StreamWrite { stream: process.clone(), expected, events: vec![event] }];
        self.known.forget(process);
        match self.store().append(Append { writes, command: Some(claim), metadata: metadata.clone() }).await {
            Ok(_) | Err(StoreError::AlreadyHandled(_)) => {
                self.waits(process, &waits, &metadata).await.map_err(unhandled)?;
                Ok(Made::Later)
            }
            Err(StoreError::Conflict { .. }) => Ok(Made::Moved),
            Err(error) => Err(unhandled(error)),
        }
    }

    /// What has waited for a process that has started.
    pub(super) async fn follow(&self, process: &StreamId) -> Result<(), Unhandled> {
        if self.entry.unmatched == Unmatched::Ignore {
            return Ok(());
        }
        for note in self.notes(process).await.map_err(unhandled)? {
            let event = event_at(self.store(), note.trigger.position).await.map_err(unhandled)?;
            match event {
                Ok(event) if event.envelope.id == note.trigger.id => {
                    let Some(trigger) = self.trigger(&event).map_err(for_good)? else { continue };
                    self.make(process, &trigger).await?;
                }
                _ => {
                    warn!(%process, position = %note.trigger.position, "what waited for a process is no longer there");
                }
            }
        }
        Ok(())
    }

    async fn notes(&self, process: &StreamId) -> Result<Vec<TriggerWaits>, StoreError> {
        let mut query = EventQuery::stream(process.clone()).names([names::WAITS]);
        let mut notes = Vec::new();
        loop {
            let (events, end) = read_page_within(self.store(), &query, 1_000).await?;
            for event in events {
                notes.push(event.decode()?);
            }
            if end.complete {
                return Ok(notes);
            }
            query.after_version = end.version;
        }
    }
}
