//! The one call that writes a group.

use std::time::Instant;

use sqlx::PgPool;

use crate::store::{Appended, StoreError};

use super::{super::faults, PreparedAppend, columns::Columns, lone, outcome};

/// Why a group has no outcomes.
pub(in super::super) enum Broken {
    /// The server undid everything, and each of several members may be tried alone.
    Undone(StoreError),
    /// It concerns all members alike.
    All(StoreError),
}

/// Writes a group in a transaction of its own, which the server begins and commits with the call: one round trip, and
/// an outcome for each member.
pub(in super::super) async fn call(
    pool: &PgPool,
    group: &[&PreparedAppend],
) -> Result<Vec<Result<Appended, StoreError>>, Broken> {
    let started = Instant::now();
    let acquired = pool.acquire().await;
    let mut connection = acquired.map_err(|error| Broken::All(faults::acquire(error, started.elapsed())))?;
    let query = match lone::write_of(group) {
        Some((prepared, write)) => lone::query(prepared, write),
        None => Columns::of(group.iter().copied()).query(),
    };
    let rows = query.fetch_all(&mut *connection).await.map_err(|error| match faults::append(error) {
        error @ StoreError::OutcomeUnknown(_) => Broken::All(error),
        error => Broken::Undone(error),
    })?;
    outcome::of(group, &rows).map_err(Broken::All)
}
