//! Appends, as the writer takes them.

mod member;
mod statements;

use crate::store::{Append, StoreError, StreamWrite};

use super::{options::SqliteOptions, time};

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
    pub(super) fn new(append: Append, options: &SqliteOptions) -> Result<Self, StoreError> {
        append.check_shape()?;
        check_sizes(&append.writes, options.max_event_bytes)?;
        let metadata = serde_json::to_string(&append.metadata)
            .map_err(|error| StoreError::engine("encode the metadata", error))?;
        let time = time::text(append.metadata.time);
        let correlation_id = append.metadata.correlation_id.to_string();
        Ok(Self { append, metadata, time, correlation_id })
    }
}

fn check_sizes(writes: &[StreamWrite], limit: usize) -> Result<(), StoreError> {
    let sizes = writes.iter().flat_map(|write| &write.events).map(|event| event.payload.as_json().len());
    match sizes.max() {
        Some(actual) if actual > limit => {
            Err(StoreError::TooLarge { what: "the payload of an event, in bytes,", actual, limit })
        }
        _ => Ok(()),
    }
}
