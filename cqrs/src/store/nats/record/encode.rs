//! From an append to a message.

use std::borrow::Cow;

use async_nats::HeaderMap;
use serde_json::value::{RawValue, to_raw_value};

use crate::{
    message::{Metadata, StreamId, Version},
    store::{Append, CommandClaim, CommandForm, NewEvent, Refusal, StoreError, StreamWrite},
};

use super::{
    Body, BodyCommand, BodyEvent, BodyStream, COMMAND_FORM, COMMAND_ID, FIRST_VERSION, HeaderForm,
    LAST_VERSION,
};
use crate::store::nats::{fault, sequence::MOST_EVENTS};

/// An append to one stream, ready to be sent to wherever the stream ends.
pub(in crate::store::nats) struct Encoded {
    pub(in crate::store::nats) payload: Vec<u8>,
    count: u64,
    /// The command's id and form, as headers.
    command: Option<[(&'static str, String); 2]>,
}

impl Encoded {
    pub(in crate::store::nats) fn new(append: &Append, write: &StreamWrite) -> Result<Self, StoreError> {
        let (actual, limit) = (write.events.len(), MOST_EVENTS);
        if actual > limit {
            return Err(StoreError::TooLarge { what: "the number of events", actual, limit });
        }
        let payload = body(append, write).and_then(|body| serde_json::to_vec(&body));
        let payload = payload.map_err(unencoded)?;
        let command = append.command.as_ref().map(headers).transpose();
        let command = command.map_err(unencoded)?;
        Ok(Self { payload, count: actual as u64, command })
    }

    /// The refusal of a command, ready to be sent to wherever a stream ends.
    pub(in crate::store::nats) fn refusal(
        stream: &StreamId,
        claim: &CommandClaim,
        refusal: &Refusal,
    ) -> Result<Self, StoreError> {
        let command = BodyCommand { refusal: Some(refusal.clone()), ..command(claim) };
        let body = Body {
            stream: BodyStream { category: stream.category().into(), key: stream.key().into() },
            command: Some(command),
            metadata: Cow::Owned(to_raw_value(&Metadata::new()).map_err(unencoded)?),
            events: Vec::new(),
        };
        let payload = serde_json::to_vec(&body).map_err(unencoded)?;
        Ok(Self { payload, count: 0, command: Some(headers(claim).map_err(unencoded)?) })
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
        for (name, value) in self.command.iter().flatten() {
            headers.insert(*name, value.as_str());
        }
        headers
    }
}

fn headers(claim: &CommandClaim) -> serde_json::Result<[(&'static str, String); 2]> {
    let CommandForm { version, shape, digest } = claim.form;
    let form = HeaderForm { version, shape, digest: digest.map(|digest| digest.to_string()) };
    Ok([(COMMAND_ID, claim.id.to_string()), (COMMAND_FORM, serde_json::to_string(&form)?)])
}

fn body<'a>(append: &'a Append, write: &'a StreamWrite) -> serde_json::Result<Body<'a>> {
    Ok(Body {
        stream: BodyStream { category: write.stream.category().into(), key: write.stream.key().into() },
        command: append.command.as_ref().map(command),
        metadata: Cow::Owned(to_raw_value(&append.metadata)?),
        events: write.events.iter().map(event).collect::<Result<_, _>>()?,
    })
}

fn command(claim: &CommandClaim) -> BodyCommand<'_> {
    BodyCommand {
        id: claim.id,
        name: claim.name.as_str().into(),
        fingerprint: claim.form.digest.map_or_else(|| "0".into(), |digest| digest.to_string().into()),
        refusal: None,
    }
}

fn unencoded(error: serde_json::Error) -> StoreError {
    fault::engine("encode an append", error)
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
