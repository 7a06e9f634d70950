//! New events: read back and folded onto the state before they are stored, so that what cannot be read or does not fit
//! is never stored.
//!
//! Invariant: folded is what was read from the stored form, never the value that was decided. So the state in memory is
//! the one that whoever loads the stream gets.

use crate::{
    aggregate::Aggregate,
    event::{DecodeError, DecodeReason, Event, StoredEvent, StoredMetadata},
    handler::{EventContext, FoldError},
    json,
    message::{EventId, Metadata, Position, StreamId},
    store::NewEvent,
};

use super::{DecisionError, Loaded};

/// The recording of new events of one stream under one metadata.
pub(crate) struct Recording<'a> {
    pub(crate) stream: &'a StreamId,
    pub(crate) metadata: &'a Metadata,
    /// Makes the ids of the events.
    pub(crate) new_id: fn() -> EventId,
}

impl Recording<'_> {
    /// Folds the events onto the state, one after the other, and gives them in the form that is stored. After
    /// an error the state is part of the way, and must not be used.
    pub(crate) fn record_all<A: Aggregate>(
        &self,
        loaded: &mut Loaded<A>,
        events: &[A::Event],
    ) -> Result<Vec<NewEvent>, DecisionError> {
        // Collecting results does not know how many there will be, and reserves for more than the usual one.
        let mut recorded = Vec::with_capacity(events.len());
        for event in events {
            recorded.push(self.record(loaded, event)?);
        }
        Ok(recorded)
    }

    fn record<A: Aggregate>(
        &self,
        loaded: &mut Loaded<A>,
        event: &A::Event,
    ) -> Result<NewEvent, DecisionError> {
        let new = self.encode(event)?;
        let stored = self.as_stored(&new, loaded);
        let read = read_back(event, &stored).map_err(|reason| self.unreadable(event, reason))?;
        match A::fold(&mut loaded.state, &read, &EventContext::stored(stored)) {
            Ok(()) => loaded.version = loaded.version.next(),
            Err(reason) => return Err(self.unfit(event, loaded, reason)),
        }
        Ok(new)
    }

    fn encode<E: Event>(&self, event: &E) -> Result<NewEvent, DecisionError> {
        let kind = event.kind();
        let payload = event.encode().map_err(|reason| DecisionError::Encode {
            stream: self.stream.clone(),
            name: kind.name,
            reason,
        })?;
        Ok(NewEvent {
            id: (self.new_id)(),
            name: smol_str::SmolStr::new_static(kind.name),
            schema_version: kind.version,
            payload,
            tags: event.tags(),
        })
    }

    fn as_stored<'a, A>(&'a self, new: &'a NewEvent, loaded: &Loaded<A>) -> StoredEvent<'a> {
        StoredEvent {
            position: Position::START,
            category: self.stream.category(),
            key: self.stream.key(),
            version: loaded.version.next(),
            id: new.id,
            name: &new.name,
            schema_version: new.schema_version,
            payload: new.payload.as_json(),
            metadata: StoredMetadata::Value(self.metadata),
        }
    }

    #[cold]
    fn unreadable(&self, event: &impl Event, reason: DecodeReason) -> DecisionError {
        DecisionError::Unreadable { stream: self.stream.clone(), name: event.kind().name, reason }
    }

    #[cold]
    fn unfit<A: Aggregate>(&self, event: &A::Event, loaded: &Loaded<A>, reason: FoldError) -> DecisionError {
        DecisionError::Fold {
            stream: self.stream.clone(),
            version: loaded.version.next(),
            name: event.kind().name,
            reason,
        }
    }
}

/// The event as any reader will see it.
fn read_back<E: Event>(event: &E, stored: &StoredEvent<'_>) -> Result<E, DecodeReason> {
    let read = E::decode(stored).map_err(DecodeError::into_reason)?;
    if let (Some(written), Some(read)) = (event.content(), read.content()) {
        json::compare(written, read).map_err(DecodeReason::Payload)?;
    }
    Ok(read)
}
