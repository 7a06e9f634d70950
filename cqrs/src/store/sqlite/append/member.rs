//! One append within a transaction.

use rusqlite::{OptionalExtension, Statement, params};
use uuid::Uuid;

use crate::{
    message::{Position, StreamId, Version},
    store::{Appended, AppendedStream, CommandClaim, Fingerprint, NewEvent, StoreError, StreamWrite},
};

use super::{
    super::{faults, rows},
    AppendStatements, PreparedAppend,
};

/// Why an append was not written.
pub(in super::super) enum Refused {
    /// It may not be: nothing was inserted, and the transaction is as it was.
    ByRule(StoreError),
    /// The engine failed, perhaps after some inserts: the transaction is good for nothing any more.
    ByEngine(rusqlite::Error),
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Self::ByEngine(error)
    }
}

/// Writes an append into the running transaction.
///
/// Everything it may be refused for by rule is looked at before its first insert; so a refused member leaves
/// nothing to undo, and its neighbours in the transaction never notice it.
///
/// A guard is a check here and nothing else: it needs no lock of its own. The transaction was begun with `IMMEDIATE`, so this
/// is the one writer of the file, among all processes; what it sees of a stream nobody changes before it commits, and
/// members before it in the group are seen by it like everything that was stored.
pub(in super::super) fn write(
    statements: &mut AppendStatements<'_>,
    prepared: &PreparedAppend,
) -> Result<Appended, Refused> {
    let append = &prepared.append;
    if let Some(claim) = &append.command {
        // Before the expectations: a command that comes again must not look like a conflict.
        refuse_double(statements, claim)?;
    }
    let versions = append.writes.iter().map(|write| check_expectation(&mut statements.stream_version, write));
    let versions = versions.collect::<Result<Vec<_>, _>>()?;
    let mut streams = Vec::with_capacity(versions.len());
    for (write, version) in append.writes.iter().zip(versions) {
        streams.extend(insert_stream(statements, prepared, write, version)?);
    }
    let appended = Appended { streams };
    if let Some(claim) = &append.command {
        insert_command(&mut statements.append_command, claim, &appended)?;
    }
    Ok(appended)
}

fn refuse_double(statements: &mut AppendStatements<'_>, claim: &CommandClaim) -> Result<(), Refused> {
    let AppendStatements { find_command, places, .. } = statements;
    match rows::recorded_command(find_command, places, claim.id) {
        Ok(None) => Ok(()),
        Ok(Some(found)) => Err(Refused::ByRule(found.refusal_of(claim))),
        // It is there, and whether it is the same cannot be said: the one answer that is surely wrong is to handle it.
        Err(error) if faults::is_damage(&error) => Err(Refused::ByRule(faults::of_record(claim.id, error))),
        Err(error) => Err(error.into()),
    }
}

fn check_expectation(statement: &mut Statement<'_>, write: &StreamWrite) -> Result<Version, Refused> {
    let actual = stream_version(statement, &write.stream)?;
    write.check_expectation(actual).map_err(Refused::ByRule)?;
    Ok(actual)
}

/// The version of a stream's last event.
pub(in super::super) fn stream_version(
    statement: &mut Statement<'_>,
    stream: &StreamId,
) -> rusqlite::Result<Version> {
    let found =
        statement.query_row((stream.category(), stream.key()), |row| row.get::<_, i64>(0)).optional()?;
    Ok(Version::new(found.unwrap_or(0).unsigned_abs()))
}

fn insert_stream(
    statements: &mut AppendStatements<'_>,
    prepared: &PreparedAppend,
    write: &StreamWrite,
    before: Version,
) -> rusqlite::Result<Option<AppendedStream>> {
    let (mut version, mut positions) = (before, None);
    for event in &write.events {
        version = version.next();
        let position = insert_event(statements, prepared, &write.stream, version, event)?;
        positions = Some((positions.map_or(position, |(first, _)| first), position));
    }
    Ok(positions.map(|(first_position, last_position)| AppendedStream {
        stream: write.stream.clone(),
        first_version: before.next(),
        last_version: version,
        first_position,
        last_position,
    }))
}

fn insert_event(
    statements: &mut AppendStatements<'_>,
    prepared: &PreparedAppend,
    stream: &StreamId,
    version: Version,
    event: &NewEvent,
) -> rusqlite::Result<Position> {
    let position = statements.append_event.insert(params![
        stream.category(),
        stream.key(),
        version.get().cast_signed(),
        event.id.as_uuid().hyphenated().encode_lower(&mut Uuid::encode_buffer()) as &str,
        event.name.as_str(),
        event.schema_version,
        event.payload.as_json(),
        prepared.metadata,
        prepared.correlation_id,
        prepared.append.metadata.tenant.as_deref(),
        prepared.time,
    ])?;
    for tag in &event.tags {
        statements.append_tag.execute((tag.as_str(), position))?;
    }
    Ok(Position::new(position.unsigned_abs()))
}

fn insert_command(
    statement: &mut Statement<'_>,
    claim: &CommandClaim,
    appended: &Appended,
) -> rusqlite::Result<()> {
    let first = appended.streams.first().map_or(Position::START, |stream| stream.first_position);
    let count = statement.execute(params![
        claim.id.as_uuid().hyphenated().encode_lower(&mut Uuid::encode_buffer()) as &str,
        claim.name.as_str(),
        claim.form.version,
        claim.form.shape.cast_signed(),
        claim.form.digest.as_ref().map(Fingerprint::as_bytes),
        first.get().cast_signed(),
        appended.last_position().get().cast_signed(),
    ])?;
    if count == 1 { Ok(()) } else { Err(rusqlite::Error::StatementChangedRows(count)) }
}
