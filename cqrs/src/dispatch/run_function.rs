//! One command, several aggregates: a function changes roots, which are saved together.

use std::{pin::pin, sync::Arc};

use crate::{
    aggregate::Rejection,
    command::CommandContext,
    message::Metadata,
    repository::Repositories,
    store::{Appended, StreamWrite},
};

use super::{
    CommandFunction, DispatchError, Receipt,
    append::{Attempts, Written},
    decide::{self, Limit},
    dispatcher::Core,
    held,
    merge::one_each,
    prepared::Prepared,
    sent::Pending,
};

/// Handles the command: the function loads and changes what it needs, and all of it is appended, or nothing; again
/// after a conflict.
pub(super) async fn handle<F: CommandFunction<Error: Rejection>>(
    core: &Core,
    request: &mut Pending<F::Command>,
    prepared: &Prepared,
) -> Result<Receipt, DispatchError<F::Error>> {
    if request.expected.is_some() {
        return Err(DispatchError::NoSingleAggregate);
    }
    let time_limit = request.time_limit.unwrap_or(core.settings.time_limit);
    let mut attempts = Attempts::new(core.settings.conflict_retries);
    loop {
        let command = match request.command.take() {
            Some(command) => command,
            None => prepared.command_again()?,
        };
        let writes = decide::<F>(core, prepared, &request.metadata, command, time_limit).await?;
        // The handler around this one would meet a conflict with it, decide again, and dispatch this once more.
        if let Some(write) = writes.iter().find(|write| !write.is_guard() && held::holds(&write.stream)) {
            return Err(DispatchError::Reentrant(write.stream.clone()));
        }
        // Under an id that the caller gave, a decision that nothing happens is kept like others. Under another, one that
        // rests on a single stream was true when that was read; on several, they may never have been so at one time.
        if !prepared.given && writes.len() <= 1 && writes.iter().all(StreamWrite::is_guard) {
            let appended = Appended { streams: Vec::new() };
            return Ok(Receipt { command_id: prepared.claim.id, appended, repeated: false });
        }
        let names: Vec<_> =
            writes.iter().flat_map(|write| &write.events).map(|event| event.name.clone()).collect();
        let written = match one_each(writes) {
            Ok(writes) => core.append(prepared, writes, &mut attempts).await?,
            Err(error) => core.not_stored(prepared, error, &mut attempts).await?,
        };
        match written {
            Written::Stored(receipt) => {
                for name in &names {
                    core.meters.appended(name);
                }
                return Ok(receipt);
            }
            Written::Repeated(receipt) => return Ok(receipt),
            Written::Again => {}
        }
    }
}

/// What the function's roots want written, and guards for those that are only read.
async fn decide<F: CommandFunction<Error: Rejection>>(
    core: &Core,
    prepared: &Prepared,
    metadata: &Metadata,
    command: F::Command,
    time_limit: std::time::Duration,
) -> Result<Vec<StreamWrite>, DispatchError<F::Error>> {
    let repositories = Repositories::new(Arc::clone(&core.store));
    let ledger = &repositories.ledger;
    let context = CommandContext {
        command_id: prepared.claim.id,
        metadata,
        stream: None,
        services: &core.services,
        repositories: Some(&repositories),
    };
    let handler = pin!(F::decide(command, context));
    // It holds nothing that others wait for.
    let limit = Limit { time: time_limit, waiting: &|| None };
    let changes = decide::run(limit, Some(ledger), core.commands.findings(), handler).await?;
    let guards = ledger.settle(changes.iter().filter_map(|change| change.entry.as_ref()));
    let guards = guards.map_err(DispatchError::InvalidDecision)?;
    let writes = changes.into_iter().map(|change| change.write).chain(guards.into_iter().map(Ok));
    writes.collect::<Result<_, _>>().map_err(DispatchError::InvalidDecision)
}
