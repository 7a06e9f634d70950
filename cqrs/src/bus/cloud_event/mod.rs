//! The form in which messages travel: [CloudEvents 1.0](https://cloudevents.io), structured, as JSON.
//!
//! Any program that knows `CloudEvents` can read what a bus carries. The payload stands in it as it is; everything
//! else is an attribute, and every attribute is a text.
//!
//! | attribute | of an event | of a command |
//! |---|---|---|
//! | `id` | the event id | the command id |
//! | `source` | `/events` | `/commands` |
//! | `type` | the stored name | the stored name |
//! | `subject` | the stream, `category/key` | the key of the aggregate |
//! | `time` | when the command was accepted | the same |
//! | `correlationid`, `causationid`, `actor`, `onbehalfof`, `tenant` | the metadata, where there is any | the same |
//! | `schemaversion` | of the payload | |
//! | `streamcategory`, `streamversion`, `position` | where the event stands | |
//! | `expectedversion` | | the version the sender expects |
//! | `cqrsdue` | | when it is due, if it is to wait |
//! | `cqrsexpiresafter` | | within which time after that, or after `time`, it is to be begun: as ISO 8601 writes it, `PT90S` |
//! | any other name of 1 to 20 lower-case letters and digits | the header of this name | the same |
//! | `headers` | the other headers: a JSON object, as text | the same |
//!
//! So the trace context of the headers `traceparent` and `tracestate` is where the extension for distributed tracing
//! wants it.
//!
//! ```
//! use cqrs::{Metadata, Position, StreamId, Version, bus::Message};
//! use cqrs::event::{Envelope, Payload, RecordedEvent};
//!
//! let mut metadata = Metadata::correlated("01980000-0000-7000-8000-000000000001".parse()?);
//! metadata.time = "2026-01-02T03:04:05.006Z".parse()?;
//! metadata.actor = Some("alice".into());
//! metadata.headers.insert("traceparent".into(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into());
//! metadata.headers.insert("Content-Language".into(), "en".into());
//! let envelope = Envelope {
//!     id: "01980000-0000-7000-8000-000000000002".parse()?,
//!     stream: StreamId::of("account", 4711),
//!     version: Version::new(7),
//!     name: "money-debited".into(),
//!     schema_version: 1,
//!     metadata,
//! };
//! let event = RecordedEvent { position: Position::new(90), envelope, payload: Payload::from_json(r#"{"amount":500}"#) };
//!
//! let message = event.encode()?;
//! assert_eq!(std::str::from_utf8(&message.body)?, concat!(
//!     r#"{"specversion":"1.0","#,
//!     r#""id":"01980000-0000-7000-8000-000000000002","#,
//!     r#""source":"/events","#,
//!     r#""type":"money-debited","#,
//!     r#""subject":"account/4711","#,
//!     r#""time":"2026-01-02T03:04:05.006Z","#,
//!     r#""datacontenttype":"application/json","#,
//!     r#""schemaversion":"1","#,
//!     r#""streamcategory":"account","#,
//!     r#""streamversion":"7","#,
//!     r#""position":"90","#,
//!     r#""correlationid":"01980000-0000-7000-8000-000000000001","#,
//!     r#""actor":"alice","#,
//!     r#""traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","#,
//!     r#""headers":"{\"Content-Language\":\"en\"}","#,
//!     r#""data":{"amount":500}}"#,
//! ));
//! assert_eq!(<RecordedEvent as Message>::decode(&message)?, event);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod error;
mod metadata;
mod names;
mod read;
mod write;

use std::borrow::Cow;

use crate::event::Payload;

pub use error::CloudEventError;
#[cfg(any(feature = "nats", feature = "rabbitmq"))]
pub(super) use names::CONTENT_TYPE;
pub(super) use names::attribute;

/// A message as attributes and a payload.
///
/// Invariant: no attribute stands in it twice.
pub(super) struct CloudEvent<'a> {
    attributes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    data: Cow<'a, Payload>,
}
