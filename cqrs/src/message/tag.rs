//! What events are found by, across streams.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// Something an event can be found by, across streams: a name and a value, such as `owner:alice`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tag(SmolStr);

impl Tag {
    /// Returns the tag `name:value`.
    pub fn new(name: &str, value: impl fmt::Display) -> Self {
        Self(smol_str::format_smolstr!("{name}:{value}"))
    }

    /// Takes over a tag in its text form.
    pub fn from_text(text: impl Into<SmolStr>) -> Self {
        Self(text.into())
    }

    /// Returns the text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
