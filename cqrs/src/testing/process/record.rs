//! Events as the log would hand them out.

use std::collections::HashMap;

use crate::{
    event::{Envelope, RecordedEvent},
    message::{Metadata, Position, StreamId, Version},
    store::NewEvent,
};

/// Where the next event of each stream would stand.
#[derive(Debug, Default)]
pub(super) struct Log {
    versions: HashMap<StreamId, Version>,
    position: Position,
}

impl Log {
    /// The event, as it is read back.
    pub(super) fn record(&mut self, stream: StreamId, metadata: Metadata, event: NewEvent) -> RecordedEvent {
        let version = self.versions.entry(stream.clone()).or_default();
        *version = version.next();
        self.position = self.position.next();
        let NewEvent { id, name, schema_version, payload, tags: _ } = event;
        let envelope = Envelope { id, stream, version: *version, name, schema_version, metadata };
        RecordedEvent { position: self.position, envelope, payload }
    }
}
