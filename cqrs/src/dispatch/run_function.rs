//! One command, several aggregates: a function changes roots, which are saved together.

use std::pin::pin;

use crate::{
    command::CommandContext,
    message::Metadata,
    store::{Appended, StreamWrite},
};

use super::{
    CommandFunction, DispatchError, Receipt, Request,
    append::{Attempts, Written},
    decide,
    dispatcher::Core,
    prepared::Prepared,
};

/// Handles the command: the function loads and changes what it needs, and all of it is appended, or nothing; again
/// after a conflict.
pub(super) async fn handle<F: CommandFunction>(
    core: &Core,
    request: Request<F::Command>,
    prepared: &Prepared,
) -> Result<Receipt, DispatchError<F::Error>> {
    if request.expected.is_some() {
        return Err(DispatchError::NoSingleAggregate);
    }
    let time_limit = request.time_limit.unwrap_or(core.settings.time_limit);
    let mut attempts = Attempts::new(core.settings.conflict_retries);
    let mut first = Some(request.command);
    loop {
        let command = match first.take() {
            Some(command) => command,
            None => prepared.command_again()?,
        };
        let writes = decide::<F>(core, prepared, &request.metadata, command, time_limit).await?;
        if writes.is_empty() {
            let appended = Appended { streams: Vec::new() };
            return Ok(Receipt { command_id: prepared.claim.id, appended, repeated: false });
        }
        let names: Vec<_> =
            writes.iter().flat_map(|write| &write.events).map(|event| event.name.clone()).collect();
        match core.append(prepared, writes, &mut attempts).await? {
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

async fn decide<F: CommandFunction>(
    core: &Core,
    prepared: &Prepared,
    metadata: &Metadata,
    command: F::Command,
    time_limit: std::time::Duration,
) -> Result<Vec<StreamWrite>, DispatchError<F::Error>> {
    let context = CommandContext {
        command_id: prepared.claim.id,
        metadata,
        stream: None,
        services: &core.services,
        store: Some(&core.store),
    };
    let changes = decide::run(time_limit, pin!(F::decide(command, context))).await?;
    changes.into_iter().map(|change| change.0.map_err(DispatchError::InvalidDecision)).collect()
}
