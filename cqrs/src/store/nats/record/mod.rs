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

mod damage;
mod encode;
mod read;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::message::EventId;

pub(super) use encode::Encoded;
pub(super) use read::{Record, Tags, answers, appended, last_version};

const FIRST_VERSION: &str = "Cqrs-First-Version";
const LAST_VERSION: &str = "Cqrs-Last-Version";
const COMMAND_ID: &str = "Cqrs-Command-Id";

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
    /// In hexadecimal digits.
    #[serde(borrow)]
    fingerprint: Cow<'a, str>,
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
