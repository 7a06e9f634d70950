//! Appends, as the writer takes them.

mod member;
mod statements;

use crate::store::{Append, StoreError};

use super::time;

pub(super) use member::{Refused, stream_version, write};
pub(super) use statements::AppendStatements;

/// An append that was checked as far as it can be without the store, and encoded on the caller's thread: the
/// writer has one thread for all.
pub(super) struct PreparedAppend {
    pub(super) append: Append,
    pub(super) metadata: String,
    pub(super) time: String,
    pub(super) correlation_id: String,
}

impl PreparedAppend {
    pub(super) fn new(append: Append, max_event_bytes: usize) -> Result<Self, StoreError> {
        append.check_shape()?;
        append.check_event_sizes(max_event_bytes)?;
        let metadata = serde_json::to_string(&append.metadata)
            .map_err(|error| StoreError::engine("encode the metadata", error))?;
        let time = time::text(append.metadata.time);
        let correlation_id = append.metadata.correlation_id.to_string();
        Ok(Self { append, metadata, time, correlation_id })
    }
}
