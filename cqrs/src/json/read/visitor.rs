//! A visitor around another.

use std::fmt;

use serde::{
    Deserializer,
    de::{EnumAccess, Error, MapAccess, SeqAccess, Unexpected, Visitor},
};

use super::{
    super::JsonError,
    Form, Reader, Strictness,
    access::{Elements, Members, Variants},
    notes::Notes,
};

/// Hands everything on. Its errors are of our kind, and cross the deserializer within as a note.
pub(super) struct Watching<'a, V> {
    pub(super) visitor: V,
    pub(super) notes: &'a Notes,
    pub(super) form: Form,
}

impl<V> Watching<'_, V> {
    #[inline]
    fn note(&self, key: &str) {
        if matches!(self.form, Form::Name | Form::Key) {
            self.notes.set_key(key, self.form);
        }
    }
}

macro_rules! forward {
    ($($method:ident($argument:ty) noted as $note:expr;)*) => {
        $(
            #[inline]
            fn $method<E: Error>(self, value: $argument) -> Result<V::Value, E> {
                let note: fn(&Self, &$argument) = $note;
                note(&self, &value);
                self.visitor.$method::<JsonError>(value).map_err(|error| self.notes.raise(error))
            }
        )*
    };
}

fn number<V>(this: &Watching<'_, V>, number: &impl fmt::Display) {
    if this.form == Form::Key {
        this.note(&smol_str::format_smolstr!("{number}"));
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Watching<'_, V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = Expecting(&self.visitor).to_string();
        formatter.write_str(&expected)?;
        self.notes.expect(expected);
        Ok(())
    }

    forward! {
        visit_bool(bool) noted as number;
        visit_i8(i8) noted as number;
        visit_i16(i16) noted as number;
        visit_i32(i32) noted as number;
        visit_i64(i64) noted as number;
        visit_i128(i128) noted as number;
        visit_u8(u8) noted as number;
        visit_u16(u16) noted as number;
        visit_u32(u32) noted as number;
        visit_u64(u64) noted as number;
        visit_u128(u128) noted as number;
        visit_f32(f32) noted as number;
        visit_f64(f64) noted as number;
        visit_char(char) noted as number;
        visit_str(&str) noted as |this, text| this.note(text);
        visit_borrowed_str(&'de str) noted as |this, text| this.note(text);
        visit_string(String) noted as |this, text| this.note(text);
        visit_bytes(&[u8]) noted as |_, _| ();
        visit_borrowed_bytes(&'de [u8]) noted as |_, _| ();
        visit_byte_buf(Vec<u8>) noted as |_, _| ();
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none::<JsonError>().map_err(|error| self.notes.raise(error))
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit::<JsonError>().map_err(|error| self.notes.raise(error))
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<V::Value, D::Error> {
        let Self { visitor, notes, form } = self;
        visitor.visit_some(Reader { from, notes, form }).map_err(|error| notes.raise(error))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<V::Value, D::Error> {
        let Self { visitor, notes, form } = self;
        visitor.visit_newtype_struct(Reader { from, notes, form }).map_err(|error| notes.raise(error))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, from: A) -> Result<V::Value, A::Error> {
        let Self { visitor, notes, form } = self;
        if form == Form::Fields && notes.strictness != Strictness::Lenient {
            let expected = Expecting(&visitor).to_string();
            return Err(notes.raise(JsonError::invalid_type(Unexpected::Seq, &expected.as_str())));
        }
        visitor.visit_seq(Elements::new(from, notes)).map_err(|error| notes.raise(error))
    }

    fn visit_map<A: MapAccess<'de>>(self, from: A) -> Result<V::Value, A::Error> {
        let Self { visitor, notes, form } = self;
        visitor.visit_map(Members::new(from, notes, form)).map_err(|error| notes.raise(error))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, from: A) -> Result<V::Value, A::Error> {
        let Self { visitor, notes, form } = self;
        visitor.visit_enum(Variants { from, notes, form }).map_err(|error| notes.raise(error))
    }
}

/// What a visitor expects, as text.
struct Expecting<'a, V>(&'a V);

impl<'de, V: Visitor<'de>> fmt::Display for Expecting<'_, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(formatter)
    }
}
