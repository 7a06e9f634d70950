//! The text form of an id, which is the key of a stream.

use std::{
    fmt::{self, Display},
    str::FromStr,
};

/// A type with a text form that leads back to it: every one with `Display`, and `FromStr` whose error can be shown.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no text form to make an id of: write `struct AccountId(Uuid)`, or give `{Self}` `Display` and `FromStr`",
    label = "needs `Display`, and `FromStr` with an error that implements `Display`",
    note = "the text form of an id is the key of a stream; `Uuid`, `String` and the integers have one"
)]
pub trait InText: Sized {
    #[doc(hidden)]
    const FORM: TextForm<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: Display + FromStr<Err: Display>> InText for T {
    const FORM: TextForm<Self> = TextForm {
        write: |value, formatter| value.fmt(formatter),
        read: |text| text.parse().map_err(|reason: T::Err| InvalidId(reason.to_string())),
    };
}

/// How a derived id is written and read: by its field.
pub struct TextForm<T> {
    write: fn(&T, &mut fmt::Formatter<'_>) -> fmt::Result,
    read: fn(&str) -> Result<T, InvalidId>,
}

impl<T: InText> TextForm<T> {
    /// As `Display` and `FromStr` do it.
    pub const fn of_type() -> Self {
        T::FORM
    }
}

impl<T> TextForm<T> {
    /// Writes the value.
    pub fn write(&self, value: &T, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.write)(value, formatter)
    }

    /// Reads the value.
    pub fn read(&self, text: &str) -> Result<T, InvalidId> {
        (self.read)(text)
    }
}

impl<T> fmt::Debug for TextForm<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TextForm({})", std::any::type_name::<T>())
    }
}

/// Why a text is no id: what the type of its field says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidId(String);
