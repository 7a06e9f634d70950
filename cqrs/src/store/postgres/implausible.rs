//! Events where none can be.
//!
//! Positions come from the sequence. One beyond what it has given out was chosen by somebody else, or the sequence is not that
//! of the log, as after a copy without it. Whoever read on from there would never see what gets the positions before it.

use sqlx::{PgConnection, Row};

use crate::{
    message::{Position, StreamId},
    store::StoreError,
};

use super::{faults, rows};

/// The error that names such an event.
pub(super) async fn error(connection: &mut PgConnection, position: Position) -> StoreError {
    match name(connection, position).await {
        Ok(event) => {
            let what = format!(
                "{event} stands at position {position}, and no position so far has been given out: whoever read on from \
                 there would miss the events that come before it"
            );
            StoreError::Damaged { what, source: None }
        }
        Err(error) => faults::engine("look at an event beyond the head of the log", error),
    }
}

async fn name(connection: &mut PgConnection, position: Position) -> sqlx::Result<String> {
    let find = sqlx::query(include_str!("sql/find_event.sql")).bind(rows::number(position.get()));
    let Some(row) = find.fetch_optional(connection).await? else { return Ok("an event".into()) };
    let stream = StreamId::new(row.try_get::<&str, _>(0)?, row.try_get::<&str, _>(1)?);
    let (version, name): (i64, &str) = (row.try_get(2)?, row.try_get(3)?);
    Ok(format!("the event `{name}`, version {version} of stream {stream},"))
}
