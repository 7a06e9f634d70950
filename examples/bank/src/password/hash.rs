//! What is kept of a password.

use std::fmt;

use argon2::password_hash::phc;
use serde::{Deserialize, Serialize};

/// The hash of a password with its salt and its costs, in the PHC text form. It is stored, and never shown.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq)]
#[serde(try_from = "String", into = "String")]
pub struct PasswordHash(String);

/// A text is not a password hash. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a password hash: {0}")]
pub struct InvalidPasswordHash(phc::Error);

impl PasswordHash {
    /// Takes a text for a hash, if it is one.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidPasswordHash> {
        let text = text.into();
        phc::PasswordHash::new(&text).map_err(InvalidPasswordHash)?;
        Ok(Self(text))
    }

    /// The hash as text, for a store to keep.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PasswordHash {
    type Error = InvalidPasswordHash;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl From<PasswordHash> for String {
    fn from(hash: PasswordHash) -> Self {
        hash.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordHash(..)")
    }
}
