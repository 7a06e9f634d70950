//! What can be wrong between a value and JSON.

use serde::de::Unexpected;

/// What is wrong between a value and JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonReason {
    /// NaN or an infinity.
    #[error("a number that is not finite (NaN or an infinity) has no form in JSON")]
    NotFinite,
    /// More levels of objects and arrays than a reader takes.
    #[error("nested deeper than the 127 levels that can be read back")]
    TooDeep,
    /// The key of a map has no form as text.
    #[error("the key of a map must be a text, a number, a boolean or a variant without content")]
    Key,
    /// An enum whose variants are events is written in another way than serde's default.
    #[error("an enum of events must use serde's default representation")]
    Representation,
    /// What is written stands for another value, too, and is read back as that.
    #[error("it would be read back as another value")]
    Changed,
    /// Another type of value is there.
    #[error("invalid type: {found}, expected {expected}")]
    Type {
        /// What should be there.
        expected: String,
        /// What kind of thing is.
        found: &'static str,
    },
    /// The value is not one of those the type has.
    #[error("invalid value: {found}, expected {expected}")]
    Value {
        /// What should be there.
        expected: String,
        /// What kind of thing is.
        found: &'static str,
    },
    /// There are too few or too many elements.
    #[error("invalid length {found}, expected {expected}")]
    Length {
        /// How many should be there.
        expected: String,
        /// How many are.
        found: usize,
    },
    /// An enum has no such variant.
    #[error("unknown variant, expected {}", quoted(.expected))]
    Variant {
        /// Those it has.
        expected: &'static [&'static str],
    },
    /// A struct has no such field.
    #[error("unknown field {}", .0.as_ref().map_or_else(|| "in a map".to_owned(), |name| format!("`{name}`")))]
    UnknownField(Option<String>),
    /// A field is not there.
    #[error("missing field `{0}`")]
    MissingField(&'static str),
    /// A field or key is there twice.
    #[error("{} stands there twice", .0.as_ref().map_or_else(|| "a key".to_owned(), |name| format!("field `{name}`")))]
    Twice(Option<String>),
    /// The type's own code refuses it.
    #[error("`{by}` refuses it")]
    Refused {
        /// The Rust type.
        by: &'static str,
    },
    /// None of the variants of an untagged enum fits.
    #[error("no variant of the untagged enum fits")]
    NoVariant,
    /// It is not JSON; the parser's words.
    #[error("{0}")]
    Syntax(String),
}

fn quoted(names: &[&str]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

/// The type that refuses is not known yet.
pub(super) const UNKNOWN: &str = "the type";

/// What kind of thing it is, without the thing.
pub(super) fn kind(unexpected: &Unexpected<'_>) -> &'static str {
    match unexpected {
        Unexpected::Bool(_) => "boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "integer",
        Unexpected::Float(_) => "floating point",
        Unexpected::Char(_) => "character",
        Unexpected::Str(_) => "string",
        Unexpected::Bytes(_) => "byte array",
        Unexpected::Unit => "null",
        Unexpected::Option => "optional value",
        Unexpected::NewtypeStruct => "newtype struct",
        Unexpected::Seq => "sequence",
        Unexpected::Map => "map",
        Unexpected::Enum => "enum",
        Unexpected::UnitVariant => "variant without content",
        Unexpected::NewtypeVariant => "variant with a value",
        Unexpected::TupleVariant => "variant with values",
        Unexpected::StructVariant => "variant with fields",
        Unexpected::Other(_) => "something else",
    }
}

/// The name of a field as far as it looks like one.
pub(super) fn shown(name: &str) -> Option<String> {
    let plain =
        |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '$' | '@' | ':' | '.');
    (!name.is_empty() && name.len() <= 64 && name.chars().all(plain)).then(|| name.to_owned())
}
