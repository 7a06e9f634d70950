//! Where an owner is reached.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An email address: it has a name, an `@` and a domain, and nothing in it that could break a line or a header.
/// Whether somebody reads what is sent there, only sending tells.
///
/// ```
/// use bank::EmailAddress;
///
/// assert!("alice@example.org".parse::<EmailAddress>().is_ok());
/// assert!("alice at example.org".parse::<EmailAddress>().is_err());
/// ```
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Why a text is not an email address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an email address")]
pub struct InvalidEmailAddress(String);

/// The longest address mail can be sent to, in bytes.
const LONGEST: usize = 254;
/// The longest name before the `@`, in bytes.
const LONGEST_NAME: usize = 64;

impl EmailAddress {
    /// Takes a text for an address, if it is one.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidEmailAddress> {
        let text = text.into();
        if is_address(&text) { Ok(Self(text)) } else { Err(InvalidEmailAddress(text)) }
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_address(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else { return false };
    text.len() <= LONGEST && name.len() <= LONGEST_NAME && is_dotted(name) && is_dotted(domain)
}

/// Parts that are not empty, between dots.
fn is_dotted(text: &str) -> bool {
    let fits =
        |letter: char| !letter.is_whitespace() && !letter.is_control() && !"@,;:<>()[]\\\"".contains(letter);
    text.split('.').all(|part| !part.is_empty() && part.chars().all(fits))
}

impl FromStr for EmailAddress {
    type Err = InvalidEmailAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = InvalidEmailAddress;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_texts() {
        for good in ["a@b", "alice@example.org", "first.last+tag@mail.example.org", "žofie@example.cz"] {
            assert!(EmailAddress::new(good).is_ok(), "{good}");
        }
        for bad in ["", "@", "a@", "@b", "a b@c", "a@b@c", "a@b..c", ".a@b", "a@b\r\nBcc: c", "<a@b>"] {
            assert!(EmailAddress::new(bad).is_err(), "{bad}");
        }
        assert!(EmailAddress::new(format!("{}@example.org", "a".repeat(65))).is_err());
    }

    #[test]
    fn a_stored_text_is_checked_as_well() {
        assert!(serde_json::from_str::<EmailAddress>(r#""a@b""#).is_ok());
        assert!(serde_json::from_str::<EmailAddress>(r#""nobody""#).is_err());
    }
}
