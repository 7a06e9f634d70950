//! Why an application does not start, or does not do what it is asked.

use std::fmt;

use crate::{registry::Problem, store::StoreError};

/// Why an application does not start. Nothing of it ran.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// No store was given.
    #[error("the application has no store; add `.store(..)` to the builder")]
    NoStore,
    /// The program as a whole is not right: everything that is wrong with it.
    #[error("the application cannot start:{}", listed(.0))]
    Problems(Vec<Problem>),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A program whose `main` returns this error prints it by `Debug`: that is where most people meet it.
impl fmt::Debug for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

fn listed(problems: &[Problem]) -> String {
    problems.iter().fold(String::new(), |list, problem| list + "\n  - " + &problem.to_string())
}

/// Why a projection was not rebuilt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildError {
    /// The application does not run it.
    #[error("projection `{0}` is not running")]
    NotRunning(&'static str),
    /// The application is shutting down.
    #[error("the application is shutting down")]
    ShuttingDown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
