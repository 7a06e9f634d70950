//! A deserializer around that of `serde_json`: it tells where something does not fit, without telling what, and on
//! demand refuses what serde lets through.

mod access;
mod notes;
mod visitor;

use serde::{
    Deserializer,
    de::{DeserializeOwned, DeserializeSeed, Error, Visitor},
};

use self::{notes::Notes, visitor::Watching};
use super::{JsonError, JsonReason};

/// How much of what serde lets through is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// Nothing.
    Lenient,
    /// A struct is an object, and no key stands in an object twice.
    Objects,
    /// And it has no field that the type does not have.
    Complete,
}

/// What an object is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The fields of a struct.
    Fields,
    /// The name of a field.
    Name,
    /// The key of an entry.
    Key,
    /// Anything else: objects are entries of a map.
    Other,
}

/// Reads JSON text, and if it does not fit tells what is wrong.
pub(crate) fn explain<T: DeserializeOwned>(json: &str, strictness: Strictness) -> Result<T, JsonError> {
    explain_with(json, strictness, |json| T::deserialize(json).map_err(JsonError::refused_by::<T>))
}

/// The same for a value that is read in a way of its own.
pub(crate) fn explain_with<'de, T>(
    json: &'de str,
    strictness: Strictness,
    read: impl FnOnce(
        Reader<'_, &mut serde_json::Deserializer<serde_json::de::StrRead<'de>>>,
    ) -> Result<T, JsonError>,
) -> Result<T, JsonError> {
    let notes = Notes::new(strictness);
    let mut from = serde_json::Deserializer::from_str(json);
    let value = read(Reader { from: &mut from, notes: &notes, form: Form::Other })?;
    from.end().map_err(|error| notes.recover(&error))?;
    Ok(value)
}

/// Hands everything on to another deserializer, and tells what is wrong in its own words.
pub(crate) struct Reader<'a, D> {
    from: D,
    notes: &'a Notes,
    /// What the value itself is.
    form: Form,
}

impl<'a, D> Reader<'a, D> {
    /// The same around another deserializer, which reads from the one at hand.
    pub(crate) fn around<U>(self, wrap: impl FnOnce(D) -> U) -> Reader<'a, U> {
        Reader { from: wrap(self.from), notes: self.notes, form: self.form }
    }
}

macro_rules! forward {
    ($($method:ident($($name:ident: $argument:ty),*) as $form:expr;)*) => {
        $(fn $method<V: Visitor<'de>>(self, $($name: $argument,)* visitor: V) -> Result<V::Value, JsonError> {
            let form: fn(Form) -> Form = $form;
            let visitor = Watching { visitor, notes: self.notes, form: form(self.form) };
            self.from.$method($($name,)* visitor).map_err(|error| self.notes.recover(&error))
        })*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Reader<'_, D> {
    type Error = JsonError;

    forward! {
        deserialize_any() as |form| form;
        deserialize_bool() as |form| form;
        deserialize_i8() as |form| form;
        deserialize_i16() as |form| form;
        deserialize_i32() as |form| form;
        deserialize_i64() as |form| form;
        deserialize_i128() as |form| form;
        deserialize_u8() as |form| form;
        deserialize_u16() as |form| form;
        deserialize_u32() as |form| form;
        deserialize_u64() as |form| form;
        deserialize_u128() as |form| form;
        deserialize_f32() as |form| form;
        deserialize_f64() as |form| form;
        deserialize_char() as |form| form;
        deserialize_str() as |form| form;
        deserialize_string() as |form| form;
        deserialize_bytes() as |form| form;
        deserialize_byte_buf() as |form| form;
        deserialize_option() as |form| form;
        deserialize_unit() as |form| form;
        deserialize_unit_struct(name: &'static str) as |form| form;
        deserialize_newtype_struct(name: &'static str) as |form| form;
        deserialize_seq() as |form| form;
        deserialize_tuple(length: usize) as |form| form;
        deserialize_tuple_struct(name: &'static str, length: usize) as |form| form;
        deserialize_map() as |form| form;
        deserialize_struct(name: &'static str, fields: &'static [&'static str]) as |_| Form::Fields;
        deserialize_enum(name: &'static str, variants: &'static [&'static str]) as |form| form;
        deserialize_identifier() as |form| form;
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        if self.notes.strictness == Strictness::Complete {
            return Err(JsonError::new(JsonReason::UnknownField(self.notes.name())));
        }
        self.from.deserialize_ignored_any(visitor).map_err(|error| self.notes.recover(&error))
    }

    fn is_human_readable(&self) -> bool {
        self.from.is_human_readable()
    }
}

/// A part of the value, on its way to a deserializer that is not wrapped yet.
struct Part<'a, S> {
    seed: S,
    notes: &'a Notes,
    form: Form,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Part<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<S::Value, D::Error> {
        let Self { seed, notes, form } = self;
        let read = seed.deserialize(Reader { from, notes, form });
        read.map_err(|error| notes.raise(error.refused_by::<S::Value>()))
    }
}

/// An error in the language of the deserializer within.
fn foreign<E: Error>() -> E {
    E::custom("")
}
