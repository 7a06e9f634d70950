//! What is kept of a password.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The hash of a password with its salt and its costs, in the PHC text form. It is stored, and never shown.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes over a hash that was stored. A text that is none fits no password: verifying one with it is an error.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The hash as text, for a store to keep.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordHash(..)")
    }
}
