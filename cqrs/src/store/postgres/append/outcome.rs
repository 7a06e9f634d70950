//! What came of each append of a group.

use std::slice::Iter;

use sqlx::{Row, postgres::PgRow};

use crate::{
    message::Version,
    store::{Append, Appended, AppendedStream, StoreError, StreamWrite},
};

use super::{
    super::{commands, faults, rows},
    PreparedAppend, guarded, written,
};

type Outcome = Result<Appended, StoreError>;

/// The outcomes, from the rows for each member, in their order.
pub(super) fn of(group: &[&PreparedAppend], rows: &[PgRow]) -> Result<Vec<Outcome>, StoreError> {
    let mut rows = rows.iter();
    group.iter().map(|prepared| member(&prepared.append, &mut rows)).collect()
}

/// The outcome of one member. The verdict stands by now: what cannot be read is only the answer.
fn member(append: &Append, rows: &mut Iter<'_, PgRow>) -> Result<Outcome, StoreError> {
    let failed = |error| faults::engine("read the outcome of an append", error);
    let Some(first) = rows.as_slice().first() else { return Err(no_answer()) };
    if first.try_get(1).map_err(failed)? {
        let own = next(rows, written(append).collect())?;
        let streams = own.iter().map(|(write, row)| stream(write, row)).collect::<sqlx::Result<_>>();
        return Ok(Ok(Appended { streams: streams.map_err(failed)? }));
    }
    let own = next(rows, written(append).chain(guarded(append)).collect())?;
    if let Some(claim) = &append.command {
        match commands::record(first, 5, claim.id) {
            Ok(Some(known)) => return Ok(Err(known.refusal_of(claim))),
            Ok(None) => {}
            // The others are not concerned.
            Err(error) => return Ok(Err(failed(error))),
        }
    }
    for (write, row) in own {
        if let Err(conflict) = write.check_expectation(rows::version(row, 2).map_err(failed)?) {
            return Ok(Err(conflict));
        }
    }
    Err(StoreError::engine("append", "the server refused an append, and everything it expects holds"))
}

/// The rows of a member, one for each of the streams; for none there is one all the same.
fn next<'a, 'r>(
    rows: &mut Iter<'r, PgRow>,
    streams: Vec<&'a StreamWrite>,
) -> Result<Vec<(&'a StreamWrite, &'r PgRow)>, StoreError> {
    let own = rows.as_slice().get(..streams.len().max(1)).ok_or_else(no_answer)?;
    *rows = rows.as_slice()[own.len()..].iter();
    Ok(streams.into_iter().zip(own).collect())
}

fn no_answer() -> StoreError {
    StoreError::engine("append", "the server answered for fewer appends than were sent")
}

fn stream(write: &StreamWrite, row: &PgRow) -> sqlx::Result<AppendedStream> {
    let before = rows::version(row, 2)?;
    Ok(AppendedStream {
        stream: write.stream.clone(),
        first_version: before.next(),
        last_version: Version::new(before.get() + write.events.len() as u64),
        first_position: rows::position(row, 3)?,
        last_position: rows::position(row, 4)?,
    })
}
