//! From an append to a message.

use std::borrow::Cow;

use async_nats::HeaderMap;
use serde_json::value::{RawValue, to_raw_value};

use crate::{
    message::{CommandId, Version},
    store::{Append, NewEvent, StoreError, StreamWrite},
};

use super::{Body, BodyCommand, BodyEvent, BodyStream, COMMAND_ID, FIRST_VERSION, LAST_VERSION};
use crate::store::nats::{fault, sequence::MOST_EVENTS};

/// An append to one stream, ready to be sent to wherever the stream ends.
pub(in crate::store::nats) struct Encoded {
    pub(in crate::store::nats) payload: Vec<u8>,
    count: u64,
    command: Option<CommandId>,
}

impl Encoded {
    pub(in crate::store::nats) fn new(append: &Append, write: &StreamWrite) -> Result<Self, StoreError> {
        let (actual, limit) = (write.events.len(), MOST_EVENTS);
        if actual > limit {
            return Err(StoreError::TooLarge { what: "the number of events", actual, limit });
        }
        let payload = body(append, write).and_then(|body| serde_json::to_vec(&body));
        let payload = payload.map_err(|error| fault::engine("encode an append", error))?;
        let command = append.command.as_ref().map(|claim| claim.id);
        Ok(Self { payload, count: actual as u64, command })
    }

    /// How many events it stores.
    pub(in crate::store::nats) fn count(&self) -> u64 {
        self.count
    }

    /// The headers of a message that follows a stream's version.
    pub(in crate::store::nats) fn headers(&self, before: Version) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(FIRST_VERSION, (before.get() + 1).to_string());
        headers.insert(LAST_VERSION, (before.get() + self.count).to_string());
        if let Some(id) = self.command {
            headers.insert(COMMAND_ID, id.to_string());
        }
        headers
    }
}

fn body<'a>(append: &'a Append, write: &'a StreamWrite) -> serde_json::Result<Body<'a>> {
    let command = append.command.as_ref().map(|claim| BodyCommand {
        id: claim.id,
        name: claim.name.as_str().into(),
        fingerprint: claim.fingerprint.to_string().into(),
    });
    Ok(Body {
        stream: BodyStream { category: write.stream.category().into(), key: write.stream.key().into() },
        command,
        metadata: Cow::Owned(to_raw_value(&append.metadata)?),
        events: write.events.iter().map(event).collect::<Result<_, _>>()?,
    })
}

fn event(new: &NewEvent) -> serde_json::Result<BodyEvent<'_>> {
    Ok(BodyEvent {
        id: new.id,
        name: new.name.as_str().into(),
        schema_version: new.schema_version,
        tags: new.tags.iter().map(|tag| tag.as_str().into()).collect(),
        payload: Cow::Borrowed(serde_json::from_str::<&RawValue>(new.payload.as_json())?),
    })
}
