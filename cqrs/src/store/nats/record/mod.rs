//! An append as the one message that stores it.
//!
//! The body is JSON: the stream, the command if there is one, the metadata, and the events in order. Headers hold what
//! depends on where the message lands, and what messages are searched for:
//!
//! | header | holds |
//! |---|---|
//! | `Cqrs-First-Version` | the version of the first event |
//! | `Cqrs-Last-Version` | the version of the last event |
//! | `Cqrs-Command-Id` | the id of the command, if there is one |
//! | `Cqrs-Command-Form` | its form: version and shape of its type, and its digest; not in messages of release 0.1.0 |
//!
//! A message without events is the record of a command that decided nothing, or that was refused for good: it takes no version and no position, and its
//! last version is that of its stream. Release 0.1.0 refuses to read one. A command that concerned no stream has such a
//! record in a stream of its own, of a category that no aggregate can have.
//!
//! Whoever may publish to the server can put anything here. So nothing is believed of a message that contradicts itself:
//! its subject, its headers and its body must agree, and its numbers must be such as a stream can have.

mod damage;
mod encode;
mod read;
mod sound;

use std::borrow::Cow;

use async_nats::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use smol_str::SmolStr;

use crate::{
    message::{CommandId, EventId, StreamId},
    store::Refusal,
};

pub(super) use encode::Encoded;
pub(super) use read::{Record, Tags, answers, appended};

const FIRST_VERSION: &str = "Cqrs-First-Version";
const LAST_VERSION: &str = "Cqrs-Last-Version";
const COMMAND_ID: &str = "Cqrs-Command-Id";
const COMMAND_FORM: &str = "Cqrs-Command-Form";

/// The category of the streams of commands that concerned no stream.
const COMMANDS: &str = "/commands";

/// The stream of a command that concerned none.
pub(super) fn stream_of_command(id: CommandId) -> StreamId {
    StreamId::new(SmolStr::new_static(COMMANDS), id.to_string())
}

/// The body of a message.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'a> {
    #[serde(borrow)]
    stream: BodyStream<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    command: Option<BodyCommand<'a>>,
    #[serde(borrow)]
    metadata: Cow<'a, RawValue>,
    #[serde(borrow)]
    events: Vec<BodyEvent<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyStream<'a> {
    #[serde(borrow)]
    category: Cow<'a, str>,
    #[serde(borrow)]
    key: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyCommand<'a> {
    id: crate::message::CommandId,
    #[serde(borrow)]
    name: Cow<'a, str>,
    /// In hexadecimal digits: the digest, if the command has one. Release 0.1.0 compares it with one of name and payload, so
    /// that a command of ours is another one to it, and never an unknown one.
    #[serde(borrow)]
    fingerprint: Cow<'a, str>,
    /// Why it is refused for good: then there are no events. Release 0.1.0 does not know the member, and cannot read the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refusal: Option<Refusal>,
}

/// What tells another command with the same id from this one. Release 0.1.0 overlooks the header it stands in.
#[derive(Serialize, Deserialize)]
struct HeaderForm {
    version: u32,
    shape: u64,
    /// In hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyEvent<'a> {
    id: EventId,
    #[serde(borrow)]
    name: Cow<'a, str>,
    schema_version: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty", borrow)]
    tags: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    payload: Cow<'a, RawValue>,
}

/// What a header of a message says.
fn header<'h>(headers: Option<&'h HeaderMap>, name: &'static str) -> Option<&'h str> {
    headers?.get(name).map(async_nats::HeaderValue::as_str)
}
