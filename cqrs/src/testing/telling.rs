//! What came of a command, in words, for whoever expected something else.

use std::error::Error;

use crate::{dispatch::DispatchError, error_chain};

use super::difference::{self, Fact};

pub(super) fn what_happened<E: Error + 'static>(decided: &Result<Vec<Fact>, DispatchError<E>>) -> String {
    match decided {
        Ok(events) if events.is_empty() => "it was accepted, and nothing happened".to_owned(),
        Ok(events) => format!("it was accepted:\n{}", difference::to_text(events)),
        Err(error) => text_of(error),
    }
}

pub(super) fn text_of<E: Error + 'static>(error: &DispatchError<E>) -> String {
    format!("the outcome is `{}`: {}", error.code(), error_chain::chain(error))
}
