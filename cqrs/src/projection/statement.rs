//! The statement of a handler that failed.

use crate::{error_chain::because, handler::BoxError};

/// A statement of a handler failed.
#[derive(Debug, thiserror::Error)]
#[error("the statement `{statement}` failed{}", because(&**.source))]
struct Statement {
    statement: String,
    #[source]
    source: BoxError,
}

/// The error of a handler, with the statement that it came from.
pub(super) fn at_statement(statement: String, source: BoxError) -> BoxError {
    Statement { statement, source }.into()
}
