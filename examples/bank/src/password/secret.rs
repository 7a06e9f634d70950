//! A password itself.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A password as its owner typed it. It travels within a command and is kept nowhere in the domain; no message shows it.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq)]
#[serde(try_from = "String", into = "String")]
pub struct Password(String);

/// Why a text is not taken for a password. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a password has from 8 to 256 bytes, not {bytes}")]
pub struct InvalidPassword {
    /// How many it has.
    bytes: usize,
}

impl Password {
    /// Takes a text for a password, if it has from 8 to 256 bytes.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidPassword> {
        let text = text.into();
        let bytes = text.len();
        if (8..=256).contains(&bytes) { Ok(Self(text)) } else { Err(InvalidPassword { bytes }) }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl TryFrom<String> for Password {
    type Error = InvalidPassword;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl From<Password> for String {
    fn from(password: Password) -> Self {
        password.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_neither_shown_nor_repeated() {
        assert_eq!(format!("{:?}", Password::new("correct horse").unwrap()), "Password(..)");
        let refused = Password::new("secret").unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("secret"));
    }
}
