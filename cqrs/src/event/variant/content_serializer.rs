//! Lets an enum serialise itself and keeps the content of the variant without its name.

use serde::ser::{Error, Impossible, Serialize, SerializeStructVariant, SerializeTupleVariant, Serializer};
use serde_json::{Error as JsonError, Map, Value};

pub(super) struct Content;

type Json = Box<str>;

fn not_an_enum<T>() -> Result<T, JsonError> {
    Err(JsonError::custom("an enum of events must use serde's default representation"))
}

macro_rules! refuse {
    ($($method:ident($($argument:ty),*)),* $(,)?) => {
        $(fn $method(self, $(_: $argument),*) -> Result<Json, JsonError> { not_an_enum() })*
    };
}

impl Serializer for Content {
    type Ok = Json;
    type Error = JsonError;
    type SerializeSeq = Impossible<Json, JsonError>;
    type SerializeTuple = Impossible<Json, JsonError>;
    type SerializeTupleStruct = Impossible<Json, JsonError>;
    type SerializeTupleVariant = Elements;
    type SerializeMap = Impossible<Json, JsonError>;
    type SerializeStruct = Impossible<Json, JsonError>;
    type SerializeStructVariant = Fields;

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<Json, JsonError> {
        Ok("null".into())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<Json, JsonError> {
        serde_json::to_string(value).map(Into::into)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        len: usize,
    ) -> Result<Elements, JsonError> {
        Ok(Elements(Vec::with_capacity(len)))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Fields, JsonError> {
        Ok(Fields(Map::new()))
    }

    refuse! {
        serialize_bool(bool), serialize_i8(i8), serialize_i16(i16), serialize_i32(i32), serialize_i64(i64),
        serialize_u8(u8), serialize_u16(u16), serialize_u32(u32), serialize_u64(u64), serialize_f32(f32),
        serialize_f64(f64), serialize_char(char), serialize_str(&str), serialize_bytes(&[u8]),
        serialize_none(), serialize_unit(), serialize_unit_struct(&'static str),
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<Json, JsonError> {
        not_an_enum()
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<Json, JsonError> {
        not_an_enum()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, JsonError> {
        not_an_enum()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, JsonError> {
        not_an_enum()
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, JsonError> {
        not_an_enum()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, JsonError> {
        not_an_enum()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, JsonError> {
        not_an_enum()
    }
}

pub(super) struct Elements(Vec<Value>);

impl SerializeTupleVariant for Elements {
    type Ok = Json;
    type Error = JsonError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), JsonError> {
        self.0.push(serde_json::to_value(value)?);
        Ok(())
    }

    fn end(self) -> Result<Json, JsonError> {
        serde_json::to_string(&self.0).map(Into::into)
    }
}

pub(super) struct Fields(Map<String, Value>);

impl SerializeStructVariant for Fields {
    type Ok = Json;
    type Error = JsonError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), JsonError> {
        self.0.insert(name.to_owned(), serde_json::to_value(value)?);
        Ok(())
    }

    fn end(self) -> Result<Json, JsonError> {
        serde_json::to_string(&self.0).map(Into::into)
    }
}
