//! What can be wrong with a message that arrives.

use crate::{bus::bounded::bounded, error_chain::because, event::JsonError, handler::BoxError};

/// Why a message cannot be decoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloudEventError {
    /// It is not a `CloudEvent` in structured JSON.
    #[error("the message is not a CloudEvent in JSON: {0}")]
    Json(#[source] JsonError),
    /// Its content is nested too deep, or has a key twice in one object.
    #[error("the content of the message cannot be taken: {0}")]
    Content(#[source] JsonError),
    /// It lacks an attribute.
    #[error("the message has no attribute `{0}`")]
    Missing(&'static str),
    /// An attribute is not what it should be.
    #[error("the attribute `{attribute}` of the message cannot be `{value}`{}", because(&**.source))]
    Invalid {
        /// The attribute.
        attribute: &'static str,
        /// What it is, cut if it is long.
        value: String,
        /// What is wrong with it.
        #[source]
        source: BoxError,
    },
}

impl CloudEventError {
    pub(in crate::bus) fn invalid(
        attribute: &'static str,
        value: impl Into<String>,
        source: impl Into<BoxError>,
    ) -> Self {
        let value = bounded(&value.into()).into();
        Self::Invalid { attribute, value, source: source.into() }
    }
}
