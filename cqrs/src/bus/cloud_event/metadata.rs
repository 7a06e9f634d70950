//! Metadata as attributes, there and back.

use std::{borrow::Cow, collections::BTreeMap};

use smol_str::SmolStr;

use crate::{json, message::Metadata};

use super::{CloudEvent, CloudEventError, attribute, names::is_free};

impl<'a> CloudEvent<'a> {
    /// Adds everything of the metadata but the time. Headers come last: those that can be attributes as such, the
    /// others as one.
    #[must_use]
    pub(in crate::bus) fn with_metadata(self, metadata: &'a Metadata) -> Self {
        let Metadata { correlation_id, causation_id, actor, on_behalf_of, tenant, time: _, headers } =
            metadata;
        let mut this = self
            .with(attribute::CORRELATION_ID, correlation_id.to_string())
            .with_text_of(attribute::CAUSATION_ID, causation_id.as_ref());
        let texts =
            [(attribute::ACTOR, actor), (attribute::ON_BEHALF_OF, on_behalf_of), (attribute::TENANT, tenant)];
        for (name, text) in texts {
            if let Some(text) = text {
                this = this.with(name, text.as_str());
            }
        }
        let (free, other): (Vec<_>, BTreeMap<_, _>) = split(headers);
        for (name, value) in free {
            this = this.with(name.as_str(), value.as_str());
        }
        if other.is_empty() { this } else { this.with(attribute::HEADERS, as_json(&other)) }
    }

    /// Takes the metadata out, headers included: every attribute that is left is one.
    pub(in crate::bus) fn into_metadata(mut self) -> Result<Metadata, CloudEventError> {
        let mut text = |name| self.take(name).map(SmolStr::from);
        let (actor, on_behalf_of, tenant) =
            (text(attribute::ACTOR), text(attribute::ON_BEHALF_OF), text(attribute::TENANT));
        let correlation_id = self.parse(attribute::CORRELATION_ID)?;
        let causation_id = self.parse_optional(attribute::CAUSATION_ID)?;
        let time = self.parse(attribute::TIME)?;
        let mut headers = match self.take(attribute::HEADERS) {
            // They may say anything, and are not repeated.
            Some(text) => json::decode_strictly(&text).map_err(|error| {
                CloudEventError::invalid(attribute::HEADERS, format!("{} bytes", text.len()), error)
            })?,
            None => BTreeMap::new(),
        };
        for (name, value) in self.attributes {
            if headers.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(CloudEventError::invalid(attribute::HEADERS, "…", "it repeats an attribute"));
            }
        }
        Ok(Metadata { correlation_id, causation_id, actor, on_behalf_of, tenant, time, headers })
    }
}

type Headers<'a> = (Vec<(&'a String, &'a String)>, BTreeMap<&'a String, &'a String>);

/// Headers that can be attributes, and those that cannot.
fn split(headers: &BTreeMap<String, String>) -> Headers<'_> {
    let mut parts = Headers::default();
    for (name, value) in headers {
        if is_free(name) {
            parts.0.push((name, value));
        } else {
            parts.1.insert(name, value);
        }
    }
    parts
}

/// A map of texts as JSON, which cannot fail.
fn as_json(headers: &BTreeMap<&String, &String>) -> Cow<'static, str> {
    serde_json::to_string(headers).unwrap_or_default().into()
}
