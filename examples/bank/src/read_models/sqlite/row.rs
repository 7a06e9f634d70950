//! What the tables have in common.

use cqrs::store::sqlite::SqliteError;

/// Exactly one row must have changed: an account that is not in the table would mean that the table is wrong.
pub(super) fn exactly_one(changed: usize) -> Result<(), SqliteError> {
    if changed == 1 { Ok(()) } else { Err(SqliteError::StatementChangedRows(changed)) }
}
