//! Where an event stands: in which stream, as which version, at which position of the whole store.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// The name of a stream: the category (the kind of aggregate) and the key (which one).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StreamId {
    category: SmolStr,
    key: SmolStr,
}

impl StreamId {
    /// Returns the stream of `key` within `category`.
    pub fn new(category: impl Into<SmolStr>, key: impl Into<SmolStr>) -> Self {
        Self { category: category.into(), key: key.into() }
    }

    /// Returns the stream of an aggregate, whose category the source code fixes.
    pub fn of(category: &'static str, key: impl fmt::Display) -> Self {
        Self { category: SmolStr::new_static(category), key: smol_str::format_smolstr!("{key}") }
    }

    /// Returns the kind of aggregate, as stored.
    pub fn category(&self) -> &str {
        &self.category
    }

    /// The key, in a form that costs little to copy.
    pub(crate) fn key_text(&self) -> &SmolStr {
        &self.key
    }

    /// Returns which aggregate of its kind, in the text form of its id.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.category, self.key)
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "StreamId({self})")
    }
}

macro_rules! ordinal {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(u64);

        impl $name {
            /// Returns the ordinal with this number.
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// Returns the ordinal as a number.
            pub const fn get(self) -> u64 {
                self.0
            }

            /// Returns the ordinal that follows.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0 + 1)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, formatter)
            }
        }
    };
}

ordinal! {
    /// The place of an event in its stream. The first event has version 1, and there are no gaps; 0 stands
    /// for a stream without events.
    Version
}

ordinal! {
    /// The place of an event in the whole store. Positions increase in commit order, are never used twice, and may
    /// have gaps; 0 stands before the first event.
    Position
}

impl Version {
    /// The version of a stream without events.
    pub const NONE: Self = Self(0);
}

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);
}
