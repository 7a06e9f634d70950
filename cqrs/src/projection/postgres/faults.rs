//! What the server's errors mean where tables of projections are made.

use crate::{
    projection::Facts,
    store::{
        StoreError,
        postgres::{PostgresError, engine_error, is_wrong_sql},
    },
};

/// What an error means that came of the SQL that makes a projection's tables: the SQL is wrong, unless the server had no
/// place for it.
pub(super) fn wrong(facts: &Facts, error: PostgresError) -> StoreError {
    wrong_at(facts, "schema", error)
}

pub(super) fn wrong_at(facts: &Facts, key: &'static str, error: PostgresError) -> StoreError {
    if is_wrong_sql(&error) {
        return StoreError::ProjectionSql { name: facts.name, key, source: error.into() };
    }
    failed(error)
}

pub(super) fn failed(error: PostgresError) -> StoreError {
    engine_error("create the tables of a projection", error)
}
