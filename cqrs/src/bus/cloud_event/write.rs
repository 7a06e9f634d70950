//! From values to JSON.

use std::{borrow::Cow, fmt::Display};

use serde::{Serialize, Serializer, ser::SerializeMap};
use smol_str::SmolStr;
use uuid::Uuid;

use crate::{
    bus::{BusError, EncodedMessage},
    event::Payload,
    json,
    message::Metadata,
};

use super::{CloudEvent, attribute};

impl<'a> CloudEvent<'a> {
    /// The attributes that every message has.
    pub(in crate::bus) fn new(
        source: &'static str,
        id: Uuid,
        name: &'a str,
        subject: impl Into<Cow<'a, str>>,
        metadata: &Metadata,
        data: &'a Payload,
    ) -> Self {
        let this = Self { attributes: Vec::with_capacity(20), data: Cow::Borrowed(data) };
        this.with(attribute::SPEC_VERSION, "1.0")
            .with(attribute::ID, id.to_string())
            .with(attribute::SOURCE, source)
            .with(attribute::TYPE, name)
            .with(attribute::SUBJECT, subject)
            .with(attribute::TIME, metadata.time.to_string())
            .with(attribute::DATA_CONTENT_TYPE, "application/json")
    }

    #[must_use]
    pub(in crate::bus) fn with(
        mut self,
        name: impl Into<Cow<'a, str>>,
        value: impl Into<Cow<'a, str>>,
    ) -> Self {
        self.attributes.push((name.into(), value.into()));
        self
    }

    /// Adds an attribute as the text of a value, if there is one.
    #[must_use]
    pub(in crate::bus) fn with_text_of(self, name: &'static str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.with(name, value.to_string()),
            None => self,
        }
    }

    pub(in crate::bus) fn encode(
        &self,
        id: Uuid,
        name: &str,
        key: SmolStr,
    ) -> Result<EncodedMessage, BusError> {
        let body = json::encode(self).map_err(|source| BusError::Encode { name: name.to_owned(), source })?;
        let body = String::from(body).into_bytes().into();
        Ok(EncodedMessage { id, name: name.into(), key, body, retried_for: None })
    }
}

impl Serialize for CloudEvent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.attributes.len() + 1))?;
        for (name, value) in &self.attributes {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry(attribute::DATA, &*self.data)?;
        map.end()
    }
}
