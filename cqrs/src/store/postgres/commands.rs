//! The records of commands that were handled.

use serde::{Deserialize, Serialize};
use sqlx::{Row, ValueRef, postgres::PgRow};

use crate::{
    message::CommandId,
    store::{Appended, AppendedStream, CommandForm, RecordedCommand, Refusal},
};

use super::rows;

/// The record of a command, from five columns of a row; `None` if the first is null. An error says of which command.
pub(super) fn record(row: &PgRow, first: usize, id: CommandId) -> sqlx::Result<Option<RecordedCommand>> {
    read(row, first, id).map_err(|error| rows::unreadable(&format!("the record of command {id}"), row, error))
}

fn read(row: &PgRow, first: usize, id: CommandId) -> sqlx::Result<Option<RecordedCommand>> {
    let Some(name) = row.try_get::<Option<&str>, _>(first)? else { return Ok(None) };
    let (form, outcome) = (form(row, first + 1)?, rows::decoded::<Outcome>(row, first + 4)?);
    let Outcome { streams, refusal } = outcome;
    let appended = Appended { streams };
    Ok(Some(RecordedCommand { id, name: name.into(), form, appended, refusal }))
}

/// What came of a command: where its events are, or why it was refused.
#[derive(Serialize, Deserialize)]
pub(super) struct Outcome {
    pub(super) streams: Vec<AppendedStream>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) refusal: Option<Refusal>,
}

/// What is known of the command besides its name; nothing in a record of schema version 2.
fn form(row: &PgRow, first: usize) -> sqlx::Result<Option<CommandForm>> {
    if is_null(row, first)? {
        return Ok(None);
    }
    let shape = row.try_get::<i64, _>(first + 1)?.cast_unsigned();
    let digest = if is_null(row, first + 2)? { None } else { Some(rows::fingerprint(row, first + 2)?) };
    Ok(Some(CommandForm { version: rows::small(row, first)?, shape, digest }))
}

/// Whether a row can be read as a record.
pub(super) fn check(row: &PgRow) -> sqlx::Result<()> {
    read(row, 0, CommandId::from(uuid::Uuid::nil())).map(drop)
}

fn is_null(row: &PgRow, index: usize) -> sqlx::Result<bool> {
    Ok(row.try_get_raw(index)?.is_null())
}
