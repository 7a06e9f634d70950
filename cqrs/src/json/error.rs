//! Why a value and JSON do not agree.

use std::fmt::{self, Display};

use serde::de::{Error, Expected, Unexpected};

use super::{
    path::{Path, Segment},
    reason::{JsonReason, UNKNOWN, kind, shown},
};

/// Why a value cannot be written as JSON, or JSON cannot be read as a value.
///
/// It says where, what was expected, and what kind of thing was found. What was found may be a secret, and is in no text
/// of it, `Debug` included; neither are keys of maps, nor the words of a type's own `Serialize` or `Deserialize`.
#[derive(Debug)]
pub struct JsonError(Box<Fault>);

#[derive(Debug)]
struct Fault {
    path: Path,
    /// Line and column in the text.
    place: Option<(usize, usize)>,
    reason: JsonReason,
}

impl JsonError {
    pub(crate) fn new(reason: JsonReason) -> Self {
        Self(Box::new(Fault { path: Path::default(), place: None, reason }))
    }

    /// Returns what is wrong.
    pub fn reason(&self) -> &JsonReason {
        &self.0.reason
    }

    /// Returns where in the value: fields, indices of elements, and numbers of a map's entries. Empty for the value as a whole.
    pub fn path(&self) -> String {
        self.0.path.to_string()
    }

    /// Returns the line and the column of the text, where it was read.
    pub fn place(&self) -> Option<(usize, usize)> {
        self.0.place
    }

    /// The error one level further out.
    #[cold]
    pub(super) fn at(mut self, segment: Segment) -> Self {
        self.0.path.0.push(segment);
        self
    }

    pub(super) fn with_path(mut self, path: Path) -> Self {
        self.0.path = path;
        self
    }

    /// The first place that is told is the innermost.
    pub(super) fn with_place(mut self, place: Option<(usize, usize)>) -> Self {
        self.0.place = self.0.place.or(place);
        self
    }

    /// Says which type refused, unless that is known.
    pub(super) fn refused_by<T: ?Sized>(mut self) -> Self {
        if let JsonReason::Refused { by } = &mut self.0.reason
            && *by == UNKNOWN
        {
            *by = std::any::type_name::<T>();
        }
        self
    }
}

impl Display for JsonError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault { path, place, reason } = &*self.0;
        write!(formatter, "{reason}")?;
        if !path.is_empty() && !self.reason_names(path) {
            write!(formatter, " at `{path}`")?;
        }
        match place {
            Some((line, column)) => write!(formatter, " (line {line}, column {column})"),
            None => Ok(()),
        }
    }
}

impl JsonError {
    /// Whether the reason says all that the path does.
    fn reason_names(&self, path: &Path) -> bool {
        matches!((self.reason(), &*path.0), (JsonReason::UnknownField(Some(name)), [Segment::Field(field)]) if name == field)
    }
}

impl std::error::Error for JsonError {}

/// How serde and its types tell what is wrong. What they say beyond that may quote the value, and is dropped.
impl Error for JsonError {
    fn custom<T: Display>(words: T) -> Self {
        let untagged = words.to_string().starts_with("data did not match any variant of untagged enum ");
        Self::new(if untagged { JsonReason::NoVariant } else { JsonReason::Refused { by: UNKNOWN } })
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(JsonReason::Type { expected: expected.to_string(), found: kind(&found) })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(JsonReason::Value { expected: expected.to_string(), found: kind(&found) })
    }

    fn invalid_length(found: usize, expected: &dyn Expected) -> Self {
        Self::new(JsonReason::Length { expected: expected.to_string(), found })
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(JsonReason::Variant { expected })
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::new(JsonReason::UnknownField(shown(field)))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(JsonReason::MissingField(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(JsonReason::Twice(Some(field.to_owned())))
    }
}
