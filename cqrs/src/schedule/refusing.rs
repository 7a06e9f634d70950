//! The refusal of a command that waits.

use crate::{
    dispatch::{CommandTable, Waiting},
    process::{Refusing, process_of},
    store::{CommandFailure, Due, RecordedCommand, Refusal, Store, StoreError},
};

/// Refuses a command that waits, for good, and removes its row. If its id has an outcome already, that is returned, and stays.
///
/// The process that sent it hears of it: by an event of its stream in place of the record that is kept otherwise.
pub(super) async fn refuse_waiting(
    store: &dyn Store,
    commands: &CommandTable,
    row: &Due,
    waiting: &Waiting,
    refusal: Refusal,
    failure: Option<&CommandFailure>,
) -> Result<Option<RecordedCommand>, StoreError> {
    let metadata = &waiting.metadata;
    if let (Some(sent), Some(process)) = (&waiting.sent, process_of(metadata)) {
        let refusing = Refusing { store, commands, process, command: sent, metadata };
        let known = refusing.refuse(refusal).await?;
        store.remove_due(std::slice::from_ref(&row.key)).await?;
        return Ok(known);
    }
    let claim = waiting.claim(row, commands.aliases_of(&row.owner))?;
    store.refuse_due(&row.key, &claim, &refusal, failure).await
}
