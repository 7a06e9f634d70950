//! What came of each append of a group.

use sqlx::{Row, postgres::PgRow};

use crate::{
    message::{Position, Version},
    store::{Append, Appended, AppendedStream, CommandClaim, RecordedCommand, StoreError, StreamWrite},
};

use super::{
    super::{faults, rows},
    PreparedAppend,
};

/// The outcomes, from one row for each stream of each member, in their order.
pub(super) fn of(
    group: &[&PreparedAppend],
    rows: &[PgRow],
) -> Result<Vec<Result<Appended, StoreError>>, StoreError> {
    let mut rows = rows.iter();
    let outcomes = group.iter().map(|prepared| {
        let append = &prepared.append;
        let own: Vec<_> = rows.by_ref().take(append.writes.len()).collect();
        if own.len() < append.writes.len() {
            return Err(StoreError::engine(
                "append",
                "the server answered for fewer streams than were written",
            ));
        }
        // The write stands by now: what cannot be read is only the answer.
        member(append, &own).map_err(|error| faults::engine("read the outcome of an append", error))
    });
    outcomes.collect()
}

fn member(append: &Append, own: &[&PgRow]) -> sqlx::Result<Result<Appended, StoreError>> {
    if let (Some(claim), Some(row)) = (&append.command, own.first())
        && let Some(known) = recorded(claim, row)?
    {
        return Ok(Err(known.refusal_of(claim)));
    }
    let versions: Vec<_> = own.iter().map(|row| rows::version(row, 1)).collect::<sqlx::Result<_>>()?;
    let mut believed = append.writes.iter().zip(&versions);
    if let Err(conflict) = believed.try_for_each(|(write, version)| write.check_expectation(*version)) {
        return Ok(Err(conflict));
    }
    let mut streams = Vec::with_capacity(own.len());
    for ((write, version), row) in append.writes.iter().zip(versions).zip(own) {
        streams.extend(stream(write, version, row)?);
    }
    Ok(Ok(Appended { streams }))
}

/// The record of the command, if it was handled before.
fn recorded(claim: &CommandClaim, row: &PgRow) -> sqlx::Result<Option<RecordedCommand>> {
    let Some(name) = row.try_get::<Option<&str>, _>(4)? else { return Ok(None) };
    let claim = CommandClaim { id: claim.id, name: name.into(), fingerprint: rows::fingerprint(row, 5)? };
    Ok(Some(RecordedCommand { claim, appended: rows::decoded(row, 6)? }))
}

fn stream(write: &StreamWrite, before: Version, row: &PgRow) -> sqlx::Result<Option<AppendedStream>> {
    if write.events.is_empty() {
        return Ok(None);
    }
    let place = |index| rows::position(row, index);
    let (first_position, last_position): (Position, Position) = (place(2)?, place(3)?);
    Ok(Some(AppendedStream {
        stream: write.stream.clone(),
        first_version: before.next(),
        last_version: Version::new(before.get() + write.events.len() as u64),
        first_position,
        last_position,
    }))
}
