//! Where an engine failed: of the file, or at the server, that somebody can go and look at.

use crate::error_chain::because;

use super::{SharedError, StoreError};

/// What the engine says, and where.
#[derive(Debug, thiserror::Error)]
#[error("`{place}`{}", because(&**.source))]
struct Located {
    place: String,
    source: SharedError,
}

impl StoreError {
    /// The same error, with the file or the server it is about, unless it names that already. A place is shown as it is: an
    /// address is given without its password.
    pub(crate) fn at(self, place: &str) -> Self {
        match self {
            Self::Full(source) => Self::Full(located(place, source)),
            Self::Unavailable { operation, source } => {
                Self::Unavailable { operation, source: located(place, source) }
            }
            Self::Engine { operation, source } => Self::Engine { operation, source: located(place, source) },
            Self::Damaged { what, source } => Self::Damaged { what: format!("`{place}`: {what}"), source },
            other => other,
        }
    }
}

fn located(place: &str, source: SharedError) -> SharedError {
    if source.to_string().contains(place) { source } else { Located { place: place.into(), source }.into() }
}
