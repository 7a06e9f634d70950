//! One command of a step.

use std::sync::Arc;

use metrics::counter;
use tracing::{Instrument, info, info_span};

use crate::{
    bus::{BusError, CommandBus, CommandMessage},
    dispatch::{AnyRejection, Core, DispatchError, Inherited},
    error_chain::chain,
    event::Envelope,
    handler::BoxError,
    message::Metadata,
    store::{Refusal, RefusalReason},
    subscription::Unhandled,
};

use super::{super::SentCommand, failures::unhandled, refusing::Refusing};

/// What it takes to send the commands of a step.
pub(super) struct Sending<'a> {
    pub(super) core: &'a Arc<Core>,
    pub(super) bus: Option<&'a CommandBus>,
    pub(super) process: &'static str,
    /// Of the step's event.
    pub(super) step: &'a Envelope,
}

type Failed = DispatchError<AnyRejection>;

impl Sending<'_> {
    /// Sends a command until it has an outcome: accepted, refused, waiting for its time, or taken by the bus.
    pub(super) async fn send(&self, command: SentCommand) -> Result<(), Unhandled> {
        let span =
            info_span!("send", process = self.process, command = %command.name, command_id = %command.id);
        async {
            let metadata = command.metadata(self.step, self.core.clock().now());
            if command.remote {
                return self.publish(command, metadata).await;
            }
            self.is_known(&command)?;
            match self.dispatch(&command, &metadata).await {
                Ok(outcome) => self.counted(&command, outcome),
                Err(error) => self.judge(command, metadata, error).await?,
            }
            Ok(())
        }
        .instrument(span)
        .await
    }

    /// A command of a newer form is for a newer program: it waits for one.
    fn is_known(&self, command: &SentCommand) -> Result<(), Unhandled> {
        match self.core.commands().find(&command.name) {
            Some(entry) if entry.version < command.version => {
                let text = format!(
                    "the command `{}` is of version {}, and this program knows version {}: it is older than the one that sent it",
                    command.name, command.version, entry.version
                );
                Err(Unhandled::Away(text.into()))
            }
            _ => Ok(()),
        }
    }

    async fn dispatch(&self, command: &SentCommand, metadata: &Metadata) -> Result<&'static str, Failed> {
        let inherited = Inherited::from_process(command.clone(), metadata);
        let mut own = metadata.clone();
        own.headers.retain(|name, _| !crate::process::passed_on(metadata).contains_key(name));
        let dispatcher = self.core.dispatcher();
        let mut dispatch = dispatcher
            .dispatch_json(command.name.as_str(), command.payload.as_json())
            .metadata(own)
            .of_process(command.id, inherited);
        if let Some(time) = command.expires {
            dispatch = dispatch.expires_at(time);
        }
        match command.due {
            Some(due) => dispatch.at(due).await.map(|_| "scheduled"),
            None => dispatch.await.map(|_| "accepted"),
        }
    }

    /// What an error of dispatching means for the step.
    async fn judge(&self, command: SentCommand, metadata: Metadata, error: Failed) -> Result<(), Unhandled> {
        let reason = match &error {
            // It is known already, and whoever refused it may have died before the process could hear of it.
            DispatchError::Refused(refusal) => refusal.reason,
            DispatchError::Rejected(_) => RefusalReason::Rejected,
            DispatchError::AlreadyExists(_) => RefusalReason::AlreadyExists,
            DispatchError::NotFound(_) => RefusalReason::NotFound,
            DispatchError::Ended(_) => RefusalReason::Ended,
            DispatchError::Expired(_) => RefusalReason::Expired,
            _ => return Err(failed(error)),
        };
        info!(command = %command.name, code = error.code(), error = chain(&error), "a command of a process was refused");
        let (store, commands) = (&**self.core.store(), self.core.commands());
        let (process, command, metadata) = (self.step.stream.clone(), &command, &metadata);
        let refusing = Refusing { store, commands, process, command, metadata };
        if refusing.refuse(Refusal::new(reason, chain(&error))).await.map_err(unhandled)?.is_none() {
            self.counted(command, "refused");
        }
        Ok(())
    }

    /// Over a bus what counts is that it has taken the command. Headers of the library's own stay here: whoever listens refuses
    /// them, as from anybody.
    async fn publish(&self, command: SentCommand, mut metadata: Metadata) -> Result<(), Unhandled> {
        let Some(bus) = self.bus else {
            let text = "a command is sent over the command bus, and there is none: add `.provide(command_bus)` to the builder";
            return Err(Unhandled::ForGood(text.into()));
        };
        // Somebody may have skipped it, or ended the process.
        if self.core.store().command(command.id).await.map_err(unhandled)?.is_some() {
            return Ok(());
        }
        let passed_on = crate::process::passed_on(&metadata);
        metadata.headers.retain(|name, _| !passed_on.contains_key(name));
        // It counts from when it is due, or else from when it is sent.
        let begins = command.due.unwrap_or(metadata.time);
        let expires = command.expires.map(|time| time.duration_since(begins).try_into().unwrap_or_default());
        let message =
            CommandMessage::from_json(command.name.clone(), command.key.clone(), command.payload.as_json())
                .id(command.id)
                .metadata(metadata);
        let message = CommandMessage { due: command.due, expires_after: expires, ..message };
        bus.publish(&message).await.map_err(not_published)?;
        self.counted(&command, "sent");
        Ok(())
    }

    fn counted(&self, command: &SentCommand, outcome: &'static str) {
        let (process, command) = (self.process, command.name.to_string());
        counter!("cqrs_process_commands_total", "process" => process, "command" => command, "outcome" => outcome)
            .increment(1);
    }
}

/// What is no refusal: it never gets better, is away, or may go another time.
fn failed(error: Failed) -> Unhandled {
    match error {
        DispatchError::Store(error) => unhandled(error),
        DispatchError::UnknownCommand(_)
        | DispatchError::NotRegistered { .. }
        | DispatchError::Malformed { .. }
        | DispatchError::InvalidDecision(_)
        | DispatchError::CommandIdReused { .. }
        | DispatchError::ReservedHeader(_) => Unhandled::ForGood(error.into()),
        DispatchError::OutcomeUnknown { .. } => Unhandled::Away(error.into()),
        error if error.is_outage() => Unhandled::Away(error.into()),
        error => Unhandled::Failed(error.into()),
    }
}

fn not_published(error: BusError) -> Unhandled {
    let (for_good, away) = (error.is_for_good(), error.is_outage() || matches!(error, BusError::Closed));
    let error = BoxError::from(error);
    match (for_good, away) {
        (true, _) => Unhandled::ForGood(error),
        (_, true) => Unhandled::Away(error),
        _ => Unhandled::Failed(error),
    }
}
