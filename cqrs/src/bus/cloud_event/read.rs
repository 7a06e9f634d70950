//! From JSON to values.

use std::{borrow::Cow, error::Error, fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::Value;

use crate::{
    event::{JsonError, Payload},
    json,
};

use super::{CloudEvent, CloudEventError, attribute};

impl CloudEvent<'static> {
    /// The attributes and the payload of what arrived, if it is a message of this version with a payload in JSON.
    pub(in crate::bus) fn decode(body: &[u8]) -> Result<Self, CloudEventError> {
        let read = serde_json::from_slice(body);
        let mut this: Self = read.map_err(|error| CloudEventError::Json(JsonError::from_parser(&error)))?;
        json::check(this.data.as_json()).map_err(CloudEventError::Content)?;
        let version = this.require(attribute::SPEC_VERSION)?;
        if version != "1.0" {
            return Err(CloudEventError::invalid(attribute::SPEC_VERSION, version, "only 1.0 is understood"));
        }
        match this.take(attribute::DATA_CONTENT_TYPE) {
            Some(other) if !is_json(&other) => {
                Err(CloudEventError::invalid(attribute::DATA_CONTENT_TYPE, other, "only JSON is understood"))
            }
            _ => Ok(this),
        }
    }
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence == "application/json" || essence.ends_with("+json")
}

impl CloudEvent<'_> {
    /// Takes an attribute out, if it is there.
    pub(in crate::bus) fn take(&mut self, name: &str) -> Option<String> {
        let index = self.attributes.iter().position(|(known, _)| known == name)?;
        Some(self.attributes.swap_remove(index).1.into_owned())
    }

    pub(in crate::bus) fn require(&mut self, name: &'static str) -> Result<String, CloudEventError> {
        self.take(name).ok_or(CloudEventError::Missing(name))
    }

    pub(in crate::bus) fn parse<T>(&mut self, name: &'static str) -> Result<T, CloudEventError>
    where
        T: FromStr<Err: Error + Send + Sync + 'static>,
    {
        self.parse_optional(name)?.ok_or(CloudEventError::Missing(name))
    }

    pub(in crate::bus) fn parse_optional<T>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, CloudEventError>
    where
        T: FromStr<Err: Error + Send + Sync + 'static>,
    {
        let Some(text) = self.take(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|error| CloudEventError::invalid(name, text, error))
    }

    pub(in crate::bus) fn data(&self) -> &Payload {
        &self.data
    }
}

impl<'de> Deserialize<'de> for CloudEvent<'static> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

/// Reads the members of the JSON object.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = CloudEvent<'static>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a CloudEvent")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        // A payload that is absent is that of an event without content.
        let mut event =
            CloudEvent { attributes: Vec::with_capacity(20), data: Cow::Owned(Payload::from_json("null")) };
        let mut has_data = false;
        while let Some(name) = map.next_key::<String>()? {
            if name == attribute::DATA {
                if std::mem::replace(&mut has_data, true) {
                    return Err(A::Error::duplicate_field(attribute::DATA));
                }
                event.data = Cow::Owned(map.next_value()?);
            } else if name == attribute::DATA_BASE64 {
                return Err(A::Error::custom("its content is binary, and only JSON is understood"));
            } else if let Some(value) = text(&name, map.next_value()?)? {
                event.attributes.push((name.into(), value.into()));
            }
        }
        reject_doubles(&event)?;
        Ok(event)
    }
}

/// An attribute as text; `None` for one that is null, which is as good as absent.
fn text<E: serde::de::Error>(name: &str, value: Value) -> Result<Option<String>, E> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Bool(_) | Value::Number(_) => Ok(Some(value.to_string())),
        Value::Array(_) | Value::Object(_) => {
            Err(E::custom(format_args!("the attribute `{name}` is neither a text, a number nor a boolean")))
        }
    }
}

fn reject_doubles<E: serde::de::Error>(event: &CloudEvent<'_>) -> Result<(), E> {
    let mut names: Vec<_> = event.attributes.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(E::custom(format_args!("the attribute `{}` stands in it twice", pair[0]))),
        None => Ok(()),
    }
}
