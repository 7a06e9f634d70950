//! One command that is due.

use std::{sync::Arc, time::Duration};

use metrics::{counter, histogram};
use tracing::{error, info, warn};

use crate::{
    clock::later,
    dispatch::{AnyRejection, Core, DispatchError, Waiting, id_of_row},
    error_chain::chain,
    store::{CommandFailure, Due, Refusal, RefusalReason, StoreError},
    subscription::SubscriptionSettings,
};

use super::{flight::Fired, refusing::refuse_waiting};

/// Dispatches a command that is due, and settles its row.
pub(super) async fn fire(
    core: Arc<Core>,
    settings: SubscriptionSettings,
    row: Due,
    waiting: Waiting,
) -> Fired {
    let late = Duration::try_from(core.clock().now().duration_since(row.due)).unwrap_or_default();
    histogram!("cqrs_commands_late_seconds").record(late);
    let fired = Firing { core: &core, settings, row: &row }.run(waiting).await;
    fired.unwrap_or_else(|error| {
        warn!(command = row.owner, key = %row.key, error = chain(&error), "a command that is due waits on: the store failed");
        Fired::Outage
    })
}

struct Firing<'a> {
    core: &'a Arc<Core>,
    settings: SubscriptionSettings,
    row: &'a Due,
}

impl Firing<'_> {
    async fn run(&self, waiting: Waiting) -> Result<Fired, StoreError> {
        let Err(error) = self.core.dispatcher().execute_named(waiting.request(self.row)?).await else {
            return Ok(self.counted("accepted", Fired::Done));
        };
        match error {
            // Somebody else has dealt with it, and may have died before the process that sent it could hear of it.
            DispatchError::Refused(refusal) if waiting.sent.is_some() => {
                let (store, commands) = (&**self.core.store(), self.core.commands());
                refuse_waiting(store, commands, self.row, &waiting, refusal, None).await?;
                Ok(Fired::Settled)
            }
            DispatchError::Refused(_) => Ok(Fired::Done),
            error if error.is_outage() || matches!(error, DispatchError::OutcomeUnknown { .. }) => {
                info!(
                    command = self.row.owner,
                    error = chain(&error),
                    "a command that is due waits for what is away"
                );
                Ok(Fired::Outage)
            }
            // The id has an outcome already, and it is that of another command.
            error @ DispatchError::CommandIdReused { .. } => {
                let failure = self.failure(&waiting, &error)?;
                if self.core.keeps_failures() {
                    self.core.store().record_failure(failure).await?;
                }
                Ok(self.counted("refused", Fired::Done))
            }
            error => match reason(&error, waiting.expects_a_version()) {
                Some(reason) => self.refuse(&waiting, reason, &error).await,
                None => self.try_again(waiting, &error).await,
            },
        }
    }

    /// What may pass is tried again, until it has been tried often enough.
    async fn try_again(
        &self,
        waiting: Waiting,
        error: &DispatchError<AnyRejection>,
    ) -> Result<Fired, StoreError> {
        let tries = waiting.attempts.saturating_add(1);
        if tries >= self.settings.attempts {
            return self.refuse(&waiting, RefusalReason::Failed, error).await;
        }
        warn!(
            command = self.row.owner,
            tries,
            error = chain(error),
            "a command that was due failed, and is tried again"
        );
        let at = later(self.core.clock().now(), self.settings.delay_after(tries));
        let again = waiting.again(self.row, at)?;
        self.core.store().move_due(self.row, again).await?;
        Ok(self.counted("retried", Fired::Settled))
    }

    /// It is refused for good, unless it turns out to have an outcome.
    async fn refuse(
        &self,
        waiting: &Waiting,
        reason: RefusalReason,
        error: &DispatchError<AnyRejection>,
    ) -> Result<Fired, StoreError> {
        let refusal = Refusal::new(reason, chain(error));
        let failure = self.failure(waiting, error)?;
        let failure = self.core.keeps_failures().then_some(&failure);
        let (store, commands) = (&**self.core.store(), self.core.commands());
        refuse_waiting(store, commands, self.row, waiting, refusal, failure).await?;
        Ok(self.counted("refused", Fired::Settled))
    }

    /// The failure, for people; the refusal is kept beside it.
    fn failure(
        &self,
        waiting: &Waiting,
        error: &DispatchError<AnyRejection>,
    ) -> Result<CommandFailure, StoreError> {
        let (command, code) = (&self.row.owner, error.code());
        info!(command, code, error = chain(error), "a command was refused when it was due");
        Ok(CommandFailure {
            command_id: id_of_row(self.row)?,
            name: command.clone(),
            metadata: waiting.metadata.clone(),
            stream: waiting.stream.clone(),
            code: code.to_owned(),
            error: chain(error),
        })
    }

    fn counted(&self, outcome: &'static str, fired: Fired) -> Fired {
        let command = self.row.owner.clone();
        counter!("cqrs_commands_due_total", "command" => command, "outcome" => outcome).increment(1);
        fired
    }
}

/// What kind of refusal an error is; `None` if another try may do better.
fn reason(error: &DispatchError<AnyRejection>, version_expected: bool) -> Option<RefusalReason> {
    Some(match error {
        DispatchError::Rejected(_) => RefusalReason::Rejected,
        DispatchError::AlreadyExists(_) => RefusalReason::AlreadyExists,
        DispatchError::NotFound(_) => RefusalReason::NotFound,
        DispatchError::Ended(_) => RefusalReason::Ended,
        // It has moved on from there, and never comes back.
        DispatchError::Conflict { .. } if version_expected => RefusalReason::Conflict,
        DispatchError::Expired(_) => RefusalReason::Expired,
        DispatchError::InvalidDecision(_)
        | DispatchError::Malformed { .. }
        | DispatchError::NoSingleAggregate
        | DispatchError::ReservedHeader(_)
        | DispatchError::NotRegistered { .. } => RefusalReason::Failed,
        _ => return None,
    })
}

/// What a row holds, if it can be read; that it cannot is told once.
pub(super) fn read(row: &Due) -> Option<Waiting> {
    let read = Waiting::of(row).and_then(|waiting| id_of_row(row).map(|_| waiting));
    read.inspect_err(|error| {
        error!(key = %row.key, due = %row.due, error = chain(error), "what is due cannot be read, and is passed over");
    })
    .ok()
}
