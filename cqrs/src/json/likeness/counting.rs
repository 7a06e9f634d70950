//! The calls themselves.

use std::{
    fmt::{self, Display, Write},
    hash::{BuildHasher, Hasher},
    marker::PhantomData,
};

use foldhash::fast::FixedState;
use serde::{Serialize, Serializer};

use super::{Sum, kind, mix, parts::Parts};

/// The serializer that only counts.
pub(super) struct Likeness<M>(PhantomData<M>);

impl<M: Sum> Likeness<M> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }

    fn wrapped<T: Serialize + ?Sized>(kind: u64, value: &T) -> Result<M, serde_json::Error> {
        let mut part: M = value.serialize(Self::new())?;
        part.close(kind);
        Ok(part)
    }
}

fn bytes(bytes: &[u8]) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

/// Text that is never put together.
struct Text(<FixedState as BuildHasher>::Hasher);

impl Write for Text {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.0.write(piece.as_bytes());
        Ok(())
    }
}

macro_rules! numbers {
    ($($method:ident($argument:ty, $kind:ident)),* $(,)?) => {
        $(
            #[inline]
            fn $method(self, value: $argument) -> Result<M, Self::Error> {
                // A number of another width is another one, though it is written alike.
                let (low, high) = halves(i128::from(value).cast_unsigned());
                Ok(M::leaf(mix(kind::$kind << 8 | size_of::<$argument>() as u64, mix(low, high))))
            }
        )*
    };
}

#[allow(clippy::cast_possible_truncation, reason = "both halves are used")]
fn halves(number: u128) -> (u64, u64) {
    (number as u64, (number >> 64) as u64)
}

impl<M: Sum> Serializer for Likeness<M> {
    type Ok = M;
    type Error = serde_json::Error;
    type SerializeSeq = Parts<M>;
    type SerializeTuple = Parts<M>;
    type SerializeTupleStruct = Parts<M>;
    type SerializeTupleVariant = Parts<M>;
    type SerializeMap = Parts<M>;
    type SerializeStruct = Parts<M>;
    type SerializeStructVariant = Parts<M>;

    numbers! {
        serialize_bool(bool, BOOL), serialize_i8(i8, SIGNED), serialize_i16(i16, SIGNED),
        serialize_i32(i32, SIGNED), serialize_i64(i64, SIGNED), serialize_i128(i128, SIGNED),
        serialize_u8(u8, UNSIGNED), serialize_u16(u16, UNSIGNED), serialize_u32(u32, UNSIGNED),
        serialize_u64(u64, UNSIGNED),
    }

    fn serialize_u128(self, value: u128) -> Result<M, Self::Error> {
        let (low, high) = halves(value);
        Ok(M::leaf(mix(kind::UNSIGNED << 8 | 16, mix(low, high))))
    }

    fn serialize_f32(self, value: f32) -> Result<M, Self::Error> {
        Ok(M::leaf(mix(kind::FLOAT << 8 | 4, u64::from(value.to_bits()))))
    }

    fn serialize_f64(self, value: f64) -> Result<M, Self::Error> {
        Ok(M::leaf(mix(kind::FLOAT << 8 | 8, value.to_bits())))
    }

    fn serialize_char(self, value: char) -> Result<M, Self::Error> {
        Ok(M::leaf(mix(kind::CHAR, u64::from(value))))
    }

    fn serialize_str(self, value: &str) -> Result<M, Self::Error> {
        Ok(M::leaf(mix(kind::TEXT, bytes(value.as_bytes()))))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<M, Self::Error> {
        Ok(M::leaf(mix(kind::BYTES, bytes(value))))
    }

    fn serialize_none(self) -> Result<M, Self::Error> {
        Ok(M::leaf(kind::NONE))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<M, Self::Error> {
        Self::wrapped(kind::SOME, value)
    }

    fn serialize_unit(self) -> Result<M, Self::Error> {
        Ok(M::leaf(kind::UNIT))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<M, Self::Error> {
        Ok(M::leaf(kind::UNIT))
    }

    fn serialize_unit_variant(self, _: &'static str, index: u32, _: &'static str) -> Result<M, Self::Error> {
        Ok(M::leaf(mix(kind::VARIANT, u64::from(index))))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<M, Self::Error> {
        Self::wrapped(kind::NEWTYPE, value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<M, Self::Error> {
        Self::wrapped(mix(kind::VARIANT, u64::from(index)), value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<M>, Self::Error> {
        Ok(Parts::new(kind::SEQUENCE))
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<M>, Self::Error> {
        Ok(Parts::new(kind::TUPLE))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<M>, Self::Error> {
        Ok(Parts::new(kind::TUPLE))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Parts<M>, Self::Error> {
        Ok(Parts::new(mix(kind::VARIANT, u64::from(index))))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<M>, Self::Error> {
        Ok(Parts::new(kind::MAP))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<M>, Self::Error> {
        Ok(Parts::new(kind::STRUCT))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Parts<M>, Self::Error> {
        Ok(Parts::new(mix(kind::VARIANT, u64::from(index))))
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<M, Self::Error> {
        let mut text = Text(FixedState::default().build_hasher());
        write!(text, "{value}").map_err(serde::ser::Error::custom)?;
        Ok(M::leaf(mix(kind::TEXT, text.0.finish())))
    }
}
