//! What is known of a decoding under way.

use std::cell::{Cell, RefCell};

use serde::de::Error;
use smol_str::SmolStr;

use super::{
    super::{JsonError, JsonReason, reason::shown},
    Form, Strictness, foreign,
};

/// Carries errors through the deserializer within, whose own errors are texts only.
pub(super) struct Notes {
    pub(super) strictness: Strictness,
    raised: Cell<Option<JsonError>>,
    /// What the deserializer within was told to expect when it last wrote that into an error.
    expected: Cell<Option<String>>,
    key: RefCell<Option<(SmolStr, Form)>>,
}

impl Notes {
    pub(super) fn new(strictness: Strictness) -> Self {
        let key = RefCell::new(None);
        Self { strictness, raised: Cell::new(None), expected: Cell::new(None), key }
    }

    /// Notes the key of the value that follows.
    pub(super) fn set_key(&self, key: &str, form: Form) {
        *self.key.borrow_mut() = Some((SmolStr::new(key), form));
    }

    pub(super) fn forget_key(&self) {
        *self.key.borrow_mut() = None;
    }

    pub(super) fn key(&self) -> Option<SmolStr> {
        self.key.borrow().as_ref().map(|(key, _)| key.clone())
    }

    /// The last key, if it is the name of a field and looks like one.
    pub(super) fn name(&self) -> Option<String> {
        let key = self.key.borrow();
        key.as_ref().filter(|(_, form)| *form == Form::Name).and_then(|(key, _)| shown(key))
    }

    pub(super) fn expect(&self, expected: String) {
        self.expected.set(Some(expected));
    }

    /// Hands the error to the deserializer within.
    #[cold]
    pub(super) fn raise<E: Error>(&self, error: JsonError) -> E {
        self.raised.set(Some(error));
        foreign()
    }

    /// Takes the error back: the one that was raised, or the parser's own. Its place is in its text.
    #[cold]
    pub(super) fn recover(&self, error: &impl Error) -> JsonError {
        let text = error.to_string();
        let (words, place) = split(&text);
        let own = || JsonError::new(reason(words, self.expected.take()));
        self.raised.take().unwrap_or_else(own).with_place(place)
    }
}

impl JsonError {
    /// An error of `serde_json` about one of our own types, which quote nothing in their own words.
    #[cold]
    pub(crate) fn from_parser(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let (words, place) = split(&text);
        Self::new(reason(words, None)).with_place(place)
    }
}

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "nats"))]
impl JsonError {
    /// An error of `serde_json` about a type with values in it, whose own words may quote them, as those of a time do: it is
    /// told that the type refuses.
    #[cold]
    pub(crate) fn of_value<T>(error: &serde_json::Error) -> Self {
        let told = Self::from_parser(error);
        match told.reason() {
            JsonReason::Syntax(words) if error.is_data() && !words.starts_with("missing field `") => {
                let by = std::any::type_name::<T>();
                Self::new(JsonReason::Refused { by }).with_place(told.place())
            }
            _ => told,
        }
    }
}

/// A reason in the parser's words, which quote a value where it has another type than expected.
fn reason(words: &str, expected: Option<String>) -> JsonReason {
    // A visitor that is not watched: that of a variant without content, or of a type of our own.
    let expected = || expected.unwrap_or_else(|| "something else, or nothing".to_owned());
    let found =
        |rest: &str| FOUND.iter().find(|kind| rest.starts_with(**kind)).copied().unwrap_or("something");
    let of = |what| words.strip_prefix(what).map(found);
    match (of("invalid type: "), of("invalid value: ")) {
        (Some(found), _) => JsonReason::Type { expected: expected(), found },
        (None, Some(found)) => JsonReason::Value { expected: expected(), found },
        (None, None) if words.contains("recursion limit") => JsonReason::TooDeep,
        (None, None) => JsonReason::Syntax(words.to_owned()),
    }
}

/// What may follow, as serde calls it.
const FOUND: [&str; 14] = [
    "boolean",
    "integer",
    "floating point",
    "character",
    "string",
    "byte array",
    "null",
    "unit value",
    "sequence",
    "map",
    "enum",
    "unit variant",
    "newtype variant",
    "Option value",
];

/// The words of an error of `serde_json`, and the place it names.
fn split(text: &str) -> (&str, Option<(usize, usize)>) {
    let place = |rest: &str| {
        let (line, column) = rest.split_once(" column ")?;
        Some((line.parse().ok()?, column.parse().ok()?))
    };
    match text.rsplit_once(" at line ") {
        Some((words, rest)) => (words, place(rest)),
        None => (text, None),
    }
}

#[cfg(all(test, any(feature = "sqlite", feature = "postgres", feature = "nats")))]
mod tests {
    use serde::Deserialize;

    #[derive(Deserialize, Debug)]
    struct Kept {
        #[expect(dead_code, reason = "it is only read")]
        time: jiff::Timestamp,
    }

    #[test]
    fn no_value_is_quoted_that_a_type_of_ours_refuses() {
        for text in
            [r#"{"time": "t0psecret"}"#, r#"{"time": {"t0psecret": 1}}"#, r#"{"time": ["t0psecret"]}"#]
        {
            let error = crate::json::parse::<Kept>(text.as_bytes()).unwrap_err().to_string();
            assert!(!error.contains("t0psecret") && error.contains("line 1"), "{error}");
        }
        let error = crate::json::parse::<Kept>(b"{}").unwrap_err().to_string();
        assert!(error.starts_with("missing field `time`"), "{error}");
        let error = crate::json::parse::<Kept>(b"{").unwrap_err().to_string();
        assert!(error.starts_with("EOF"), "{error}");
    }
}
