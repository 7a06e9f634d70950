//! Lets an enum serialise itself and hands on the content of the variant without its name, as it comes.

use serde::ser::{
    Impossible, Serialize, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleVariant,
    Serializer,
};

use crate::json::{JsonReason, Writer};

pub(super) struct Content<'a, S>(pub(super) Writer<'a, S>);

impl<S: Serializer> Content<'_, S> {
    fn not_an_enum<T>(&self) -> Result<T, S::Error> {
        Err(self.0.watch.refuse(JsonReason::Representation))
    }
}

macro_rules! refuse {
    ($($method:ident($($argument:ty),*) -> $ok:ty),* $(,)?) => {
        $(fn $method(self, $(_: $argument),*) -> Result<$ok, S::Error> { self.not_an_enum() })*
    };
}

impl<'a, S: Serializer> Serializer for Content<'a, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Impossible<S::Ok, S::Error>;
    type SerializeTuple = Impossible<S::Ok, S::Error>;
    type SerializeTupleStruct = Impossible<S::Ok, S::Error>;
    type SerializeTupleVariant = Elements<<Writer<'a, S> as Serializer>::SerializeTuple>;
    type SerializeMap = Impossible<S::Ok, S::Error>;
    type SerializeStruct = Impossible<S::Ok, S::Error>;
    type SerializeStructVariant = Fields<<Writer<'a, S> as Serializer>::SerializeStruct>;

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(self.0)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.0.serialize_tuple(length).map(Elements)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.0.serialize_struct(variant, length).map(Fields)
    }

    refuse! {
        serialize_bool(bool) -> S::Ok, serialize_i8(i8) -> S::Ok, serialize_i16(i16) -> S::Ok,
        serialize_i32(i32) -> S::Ok, serialize_i64(i64) -> S::Ok, serialize_i128(i128) -> S::Ok,
        serialize_u8(u8) -> S::Ok, serialize_u16(u16) -> S::Ok, serialize_u32(u32) -> S::Ok,
        serialize_u64(u64) -> S::Ok, serialize_u128(u128) -> S::Ok, serialize_f32(f32) -> S::Ok,
        serialize_f64(f64) -> S::Ok, serialize_char(char) -> S::Ok, serialize_str(&str) -> S::Ok,
        serialize_bytes(&[u8]) -> S::Ok, serialize_none() -> S::Ok, serialize_unit() -> S::Ok,
        serialize_unit_struct(&'static str) -> S::Ok,
        serialize_seq(Option<usize>) -> Self::SerializeSeq, serialize_tuple(usize) -> Self::SerializeTuple,
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct,
        serialize_map(Option<usize>) -> Self::SerializeMap,
        serialize_struct(&'static str, usize) -> Self::SerializeStruct,
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<S::Ok, S::Error> {
        self.not_an_enum()
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<S::Ok, S::Error> {
        self.not_an_enum()
    }
}

pub(super) struct Elements<C>(C);

impl<C: SerializeTuple> SerializeTupleVariant for Elements<C> {
    type Ok = C::Ok;
    type Error = C::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.0.serialize_element(value)
    }

    fn end(self) -> Result<C::Ok, C::Error> {
        self.0.end()
    }
}

pub(super) struct Fields<C>(C);

impl<C: SerializeStruct> SerializeStructVariant for Fields<C> {
    type Ok = C::Ok;
    type Error = C::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), C::Error> {
        self.0.serialize_field(name, value)
    }

    fn skip_field(&mut self, name: &'static str) -> Result<(), C::Error> {
        self.0.skip_field(name)
    }

    fn end(self) -> Result<C::Ok, C::Error> {
        self.0.end()
    }
}
