//! What a writer believes of a stream.

use std::fmt;

use crate::message::Version;

/// What a writer believes of a stream before its write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It has no events.
    NoStream,
    /// Its last event has this version; [`Version::NONE`] is the same as [`Expected::NoStream`].
    Exactly(Version),
    /// It has at least one event.
    Exists,
    /// Nothing.
    Any,
}

impl Expected {
    /// Returns whether the belief holds for a stream at `actual`.
    pub fn holds(self, actual: Version) -> bool {
        match self {
            Self::NoStream => actual == Version::NONE,
            Self::Exactly(version) => actual == version,
            Self::Exists => actual != Version::NONE,
            Self::Any => true,
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoStream => formatter.write_str("no stream"),
            Self::Exactly(version) => write!(formatter, "version {version}"),
            Self::Exists => formatter.write_str("an existing stream"),
            Self::Any => formatter.write_str("anything"),
        }
    }
}
