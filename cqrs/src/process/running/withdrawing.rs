//! What follows when an operator has ended a process.
//!
//! Invariant: it is done by the steps worker, of an event of the log, in a lane of its own: so it is done whoever dies, and no letter of
//! the process holds it up. All of it can be done again.

use crate::{
    dispatch::key_of_row,
    event::{Envelope, RecordedEvent},
    message::{Position, StreamId},
    store::{
        DeadLetterQuery, DueKey, DueKind, EventQuery, Refusal, RefusalReason, StoreError, read_page_within,
    },
    subscription::Unhandled,
};

use super::{
    super::{ProcessEnded, SentCommand, Step, names},
    failures::unhandled,
    refusing::Refusing,
    rows::row,
    steps::Steps,
};

/// The lane of the end of a process.
pub(super) fn lane(process: &StreamId) -> StreamId {
    StreamId::new(format!("{}/ended", process.category()), process.key())
}

impl Steps {
    /// An operator has ended a process.
    pub(super) async fn ended(&self, event: &RecordedEvent) -> Result<(), Unhandled> {
        let process = &event.envelope.stream;
        let step = Step::read(event).map_err(StoreError::from).map_err(unhandled)?;
        let ended: ProcessEnded = event.decode().map_err(StoreError::from).map_err(unhandled)?;
        let key = |id: &crate::EventId| DueKey::new(DueKind::Timer, id.to_string());
        let timers: Vec<_> = ended.cancelled.iter().map(key).collect();
        if !timers.is_empty() {
            self.store().remove_due(&timers).await.map_err(unhandled)?;
        }
        self.withdraw_all(event, &ended.reason).await.map_err(unhandled)?;
        self.pass_letters(process).await.map_err(unhandled)?;
        self.rows.keep(lane(process), row(process, &step, event.envelope.version, event.position));
        self.count("cqrs_process_ended_by_operator_total");
        Ok(())
    }

    /// Refuses every command of the process that has no outcome.
    async fn withdraw_all(&self, end: &RecordedEvent, reason: &str) -> Result<(), StoreError> {
        let process = &end.envelope.stream;
        let sent = self.sent_over_the_bus(process).await?;
        let query = EventQuery::stream(process.clone()).names([names::STEP]);
        let mut query = query.up_to_version(end.envelope.version);
        loop {
            let (events, page) = read_page_within(self.store(), &query, 1_000).await?;
            for event in events {
                let step: Step = event.decode()?;
                for command in step.commands.iter().filter(|command| !command.remote || event.position > sent)
                {
                    self.withdraw(command, &event.envelope, reason).await?;
                }
            }
            if page.complete {
                return Ok(());
            }
            query.after_version = page.version;
        }
    }

    async fn withdraw(&self, command: &SentCommand, step: &Envelope, reason: &str) -> Result<(), StoreError> {
        let refusal = Refusal::new(RefusalReason::Withdrawn, reason);
        refuse_unanswered(&self.core, command, step, refusal).await.map(drop)
    }

    /// Up to where a command that goes over the bus must be taken for sent: of what others have, nothing is said to be refused. One that
    /// is handed over in this moment may be both: the bus keeps no ids of ours.
    async fn sent_over_the_bus(&self, process: &StreamId) -> Result<Position, StoreError> {
        let mut sent = Position::START;
        for worker in self.store().subscriptions().await? {
            if worker.name.starts_with(self.entry.sender) {
                let letter = self.letter(&worker.name, process).await?;
                let before = |position: Position| Position::new(position.get().saturating_sub(1));
                let done = worker.done_above.last().copied().unwrap_or_default().max(worker.position);
                sent = sent.max(letter.map_or(done, before));
            }
        }
        Ok(sent)
    }

    /// What waits behind letters of the process, and they themselves: it is handled again, and passed over since there is an end.
    async fn pass_letters(&self, process: &StreamId) -> Result<(), StoreError> {
        let prefix = format!("{}/", self.entry.category);
        for worker in self.store().subscriptions().await? {
            if worker.name.starts_with(&prefix)
                && let Some(position) = self.letter(&worker.name, process).await?
            {
                let (handler, stream) = (worker.name, process.clone());
                let key = crate::store::DeadLetterKey { handler, stream, position };
                self.store().retry_dead_letter(&key).await?;
            }
        }
        Ok(())
    }

    /// Where the first letter of a process stands.
    async fn letter(&self, worker: &str, process: &StreamId) -> Result<Option<Position>, StoreError> {
        let after = Some((process.clone(), Position::START));
        let query = DeadLetterQuery { after, ..DeadLetterQuery::of(worker) };
        let page = self.store().dead_letter_page(&query, 1).await?;
        let first = page.into_iter().next().filter(|letter| letter.key.stream == *process);
        Ok(first.map(|letter| letter.key.position))
    }
}

/// Refuses a command of a step, unless its id has an outcome; says whether it had none. If it waits for a time, it waits no longer.
pub(super) async fn refuse_unanswered(
    core: &crate::dispatch::Core,
    command: &SentCommand,
    step: &Envelope,
    refusal: Refusal,
) -> Result<bool, StoreError> {
    let store = &**core.store();
    if store.command(command.id).await?.is_some() {
        return Ok(false);
    }
    let metadata = command.metadata(step, core.clock().now());
    let (commands, process) = (core.commands(), step.stream.clone());
    let refused = Refusing { store, commands, process, command, metadata: &metadata }.refuse(refusal).await?;
    if command.due.is_some() {
        store.remove_due(&[key_of_row(command.id)]).await?;
    }
    Ok(refused.is_none())
}
