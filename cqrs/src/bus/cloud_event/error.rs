//! What can be wrong with a message that arrives.

use crate::handler::BoxError;

/// Why a message cannot be decoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloudEventError {
    /// It is not a `CloudEvent` in structured JSON.
    #[error("the message is not a CloudEvent in JSON")]
    Json(#[source] serde_json::Error),
    /// It lacks an attribute.
    #[error("the message has no attribute `{0}`")]
    Missing(&'static str),
    /// An attribute is not what it should be.
    #[error("the attribute `{attribute}` of the message cannot be `{value}`")]
    Invalid {
        /// The attribute.
        attribute: &'static str,
        /// What it is.
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
        Self::Invalid { attribute, value: value.into(), source: source.into() }
    }
}
