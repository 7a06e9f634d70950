//! One page of events.

use std::ops::ControlFlow;

use futures_util::{TryStreamExt, stream::BoxStream};
use sqlx::{
    Either, Executor, PgConnection, PgPool, Postgres, Row,
    pool::PoolConnection,
    postgres::{PgQueryResult, PgRow},
};
use uuid::Uuid;

use crate::{
    event::{DecodeError, DecodeReason, StoredEvent, StoredMetadata},
    message::{Position, Version},
    store::{EventQuery, PageEnd, StoreError, Visit},
};

use super::{
    bundles, faults,
    horizon::{Horizon, Sighting},
    implausible, query, rows,
};

pub(super) const OPERATION: &str = "read a page of events";

/// How many events are read together with how far the log is final: the server gathers them before it sends the first.
const SHORT: usize = 1_000;

/// What the columns of a row are called.
const COLUMNS: [&str; 9] =
    ["position", "version", "name", "schema_version", "payload", "id", "metadata", "category", "key"];

/// Which column of such a row a sighting begins with.
const SIGHTING: usize = 9;

type Rows<'a> = BoxStream<'a, sqlx::Result<Either<PgQueryResult, PgRow>>>;

/// A page on its way to the visitor.
pub(super) struct Page<'a> {
    pool: &'a PgPool,
    pub(super) query: EventQuery,
    pub(super) limit: usize,
    pub(super) visit: Visit,
    /// Whether the visitor has seen enough.
    pub(super) stopped: bool,
    /// How many bytes of contents it was shown row by row.
    pub(super) bytes: usize,
    pub(super) end: PageEnd,
}

impl<'a> Page<'a> {
    pub(super) fn new(pool: &'a PgPool, query: EventQuery, limit: usize, visit: Visit) -> Self {
        let end = PageEnd { count: 0, position: query.after, version: query.after_version, complete: false };
        Self { pool, query, limit, visit, stopped: false, bytes: 0, end }
    }

    /// The events of a stream: their versions have no gaps, so no horizon is needed.
    pub(super) async fn of_stream(mut self) -> Result<PageEnd, StoreError> {
        let mut connection = connection(self.pool).await?;
        let flow = if self.limit > 2 * bundles::FIRST && bundles::fits(&self.query) {
            self.show_long_stream(&mut connection).await?
        } else {
            self.show(&mut connection).await?
        };
        self.end.complete = flow.is_continue();
        Ok(self.end)
    }

    /// Events of all streams, up to the horizon.
    ///
    /// Invariant: the horizon is known before the statement that reads up to it begins; so the statement sees
    /// everything that will ever be there.
    pub(super) async fn of_log(mut self, horizon: &Horizon) -> Result<PageEnd, StoreError> {
        let last = self.query.up_to;
        // The same for all: a pool tries a connection out whenever it gets it back.
        let mut connection = connection(self.pool).await?;
        // Where much is known to be final, as when a reader catches up, one round trip is enough.
        let far = horizon.known().get() >= self.query.after.get().saturating_add(self.limit as u64);
        if far && self.show_up_to(&mut connection, horizon.known(), last).await?.is_break() {
            return Ok(self.end);
        }
        let reached = if self.limit <= SHORT && query::is_by_name(&self.query) {
            match self.read_on(&mut connection, horizon, last).await? {
                ControlFlow::Continue(reached) => reached,
                ControlFlow::Break(()) => return Ok(self.end),
            }
        } else {
            horizon.look(&mut connection).await?
        };
        self.end.complete = self.show_up_to(&mut connection, reached, last).await?.is_continue();
        match horizon.beyond().filter(|beyond| last.is_none_or(|last| *beyond <= last)) {
            Some(beyond) if self.end.complete => self.stop_before(&mut connection, beyond).await,
            _ => Ok(self.end),
        }
    }

    /// The page ends before an event that cannot be where it is; one that would begin with it is an error.
    async fn stop_before(
        self,
        connection: &mut PgConnection,
        beyond: Position,
    ) -> Result<PageEnd, StoreError> {
        if self.end.count > 0 {
            return Ok(PageEnd { complete: false, ..self.end });
        }
        Err(implausible::error(connection, beyond).await)
    }

    /// Looks how far the log is final, and reads at once as far as that is plain; in one round trip, which is all that most
    /// readers at the end of the log need. Goes on with how far it is final.
    async fn read_on(
        &mut self,
        connection: &mut PgConnection,
        horizon: &Horizon,
        last: Option<Position>,
    ) -> Result<ControlFlow<(), Position>, StoreError> {
        let failed = |error| faults::engine(OPERATION, error);
        let asking = horizon.ask().await;
        let (known, last) = (horizon.known(), last.unwrap_or(Position::new(u64::MAX)));
        let statement = query::read_on(&self.query, known, last, self.limit - self.end.count);
        let mut found = connection.fetch_many(statement);
        let Some(Either::Right(row)) = found.try_next().await.map_err(failed)? else {
            return Err(StoreError::engine(OPERATION, "the server did not say how far the log is final"));
        };
        let sighting = Sighting::of(&row, SIGHTING, 0).map_err(failed)?;
        let read_to = sighting.final_since(known).min(last);
        let reached = asking.take_in(sighting);
        if self.show_rows(&mut found).await?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if read_to > self.query.after {
            (self.query.after, self.end.position) = (read_to, read_to);
        }
        Ok(ControlFlow::Continue(reached))
    }

    async fn show_up_to(
        &mut self,
        connection: &mut PgConnection,
        horizon: Position,
        last: Option<Position>,
    ) -> Result<ControlFlow<()>, StoreError> {
        let reached = last.map_or(horizon, |last| last.min(horizon));
        if reached <= self.query.after {
            return Ok(ControlFlow::Continue(()));
        }
        self.query.up_to = Some(reached);
        let flow = self.show(connection).await?;
        if flow.is_continue() {
            (self.query.after, self.end.position) = (reached, reached);
        }
        Ok(flow)
    }

    /// Shows the events of the query to the visitor; goes on if there are no more.
    pub(super) async fn show(
        &mut self,
        connection: &mut PgConnection,
    ) -> Result<ControlFlow<()>, StoreError> {
        let mut statement = query::select(&self.query, self.limit - self.end.count);
        self.show_rows(&mut connection.fetch_many(statement.build())).await
    }

    /// Shows events to the visitor, each while its row is at hand.
    async fn show_rows(&mut self, found: &mut Rows<'_>) -> Result<ControlFlow<()>, StoreError> {
        let failed = |error| faults::engine(OPERATION, error);
        // What comes besides rows is their number, at the end.
        while let Some(Either::Right(row)) = found.try_next().await.map_err(failed)? {
            if self.end.count == self.limit {
                return Ok(ControlFlow::Break(()));
            }
            let event = stored_event(&row, &self.query)?;
            self.end.count += 1;
            (self.end.position, self.end.version) = (event.position, event.version);
            self.bytes += event.payload.len();
            if (self.visit)(&event).is_break() {
                self.stopped = true;
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

async fn connection(pool: &PgPool) -> Result<PoolConnection<Postgres>, StoreError> {
    pool.acquire().await.map_err(|error| faults::engine(OPERATION, error))
}

/// A row as an event; of the query's stream, and without id and metadata, if the row does not say.
pub(super) fn stored_event<'a>(
    row: &'a PgRow,
    query: &'a EventQuery,
) -> Result<StoredEvent<'a>, DecodeError> {
    event(row, query).map_err(|error| damaged(row, query, &error))
}

/// What is wrong with an event, as far as it can be read.
#[cold]
fn damaged(row: &PgRow, query: &EventQuery, error: &sqlx::Error) -> DecodeError {
    let number = |index| row.try_get::<i64, _>(index).unwrap_or_default().max(0).unsigned_abs();
    let text = |index| rows::text(row, index).unwrap_or_default();
    let (category, key) = match &query.stream {
        Some(stream) => (stream.category(), stream.key()),
        None => (text(7), text(8)),
    };
    let event = StoredEvent {
        position: Position::new(number(0)),
        version: Version::new(number(1)),
        name: text(2),
        schema_version: u32::try_from(number(3)).unwrap_or_default(),
        payload: "",
        id: Uuid::nil().into(),
        metadata: StoredMetadata::LeftOut,
        category,
        key,
    };
    let (column, found) = rows::damaged_column(row, error);
    let column = COLUMNS.into_iter().find(|known| *known == column).unwrap_or("?");
    event.error(DecodeReason::Damaged { column, found })
}

fn event<'a>(row: &'a PgRow, query: &'a EventQuery) -> sqlx::Result<StoredEvent<'a>> {
    let (id, metadata, category, key) = match &query.stream {
        Some(stream) if !query::is_whole(query) => {
            (Uuid::nil(), StoredMetadata::LeftOut, stream.category(), stream.key())
        }
        _ => (
            rows::id(row, 5)?,
            StoredMetadata::Json(rows::text(row, 6)?),
            rows::text(row, 7)?,
            rows::text(row, 8)?,
        ),
    };
    Ok(StoredEvent {
        position: Position::new(rows::counted(row, 0)?),
        version: Version::new(rows::counted(row, 1)?),
        name: rows::text(row, 2)?,
        schema_version: rows::small(row, 3)?,
        payload: rows::text(row, 4)?,
        id: id.into(),
        metadata,
        category,
        key,
    })
}
