//! The one call that writes a group.

use sqlx::{Postgres, postgres::PgArguments, query::Query};

use crate::store::{Appended, StoreError};

use super::{
    super::{connections::Connection, faults},
    PreparedAppend,
    columns::Columns,
    each::Each,
    lone, outcome,
};

/// Why a group has no outcomes.
pub(in super::super) enum Broken {
    /// The server undid everything, and each of several members may be tried alone.
    Undone(StoreError),
    /// It concerns all members alike.
    All(StoreError),
}

/// The call of the function that does the least for the group.
fn query<'a>(group: &[&'a PreparedAppend]) -> Query<'a, Postgres, PgArguments> {
    if let Some((prepared, write)) = lone::write_of(group) {
        return lone::query(prepared, write);
    }
    match Each::of(group) {
        Some(each) => each.query(),
        None => Columns::of(group.iter().copied()).query(),
    }
}

/// Writes a group in a transaction of its own, which the server begins and commits with the call: one round trip, and
/// an outcome for each member.
pub(in super::super) async fn call(
    connection: &mut Connection,
    group: &[&PreparedAppend],
) -> Result<Vec<Result<Appended, StoreError>>, Broken> {
    let mut open = connection.open().await.map_err(Broken::All)?;
    let rows = query(group).fetch_all(&mut *open).await.map_err(|error| match faults::append(error) {
        error @ StoreError::OutcomeUnknown(_) => Broken::All(error),
        error => Broken::Undone(error),
    })?;
    connection.keep(open);
    // The server has answered, and so has decided: what cannot be read is only the answer.
    outcome::of(group, &rows).map_err(|error| Broken::All(StoreError::OutcomeUnknown(error.into())))
}
