//! The parts of what has parts.

use serde::{
    Serialize,
    ser::{
        SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};
use smol_str::SmolStr;

use super::{super::path::Segment, Sum, counting::Likeness, mix};

/// The parts of something.
pub(super) struct Parts<M> {
    kind: u64,
    sum: M,
    count: usize,
    key: u64,
}

impl<M: Sum> Parts<M> {
    pub(super) fn new(kind: u64) -> Self {
        Self { kind, sum: M::leaf(0), count: 0, key: 0 }
    }

    #[inline]
    fn add<T: Serialize + ?Sized>(
        &mut self,
        place: u64,
        segment: impl FnOnce(usize) -> Segment,
        value: &T,
    ) -> Result<(), serde_json::Error> {
        let part: M = value.serialize(Likeness::new())?;
        let count = self.count;
        self.sum.add(mix(place, part.number()), || segment(count), part);
        self.count += 1;
        Ok(())
    }

    fn close(mut self) -> M {
        self.sum.close(mix(self.kind, self.count as u64));
        self.sum
    }
}

macro_rules! parts {
    ($($part:ident::$method:ident($($name:ident)?) at $place:expr, $segment:expr;)*) => {
        $(impl<M: Sum> $part for Parts<M> {
            type Ok = M;
            type Error = serde_json::Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($name: &'static str,)?
                value: &T,
            ) -> Result<(), Self::Error> {
                let (place, segment) = ($place(self.count), $segment$(($name))?);
                self.add(place, segment, value)
            }

            fn end(self) -> Result<M, Self::Error> {
                Ok(self.close())
            }
        })*
    };
}

/// Where the order does not count.
fn anywhere(_: usize) -> u64 {
    0
}

fn here(count: usize) -> u64 {
    count as u64
}

fn field(name: &'static str) -> impl FnOnce(usize) -> Segment {
    move |_| Segment::Field(SmolStr::new_static(name))
}

parts! {
    SerializeSeq::serialize_element() at anywhere, Segment::Element;
    SerializeTuple::serialize_element() at here, Segment::Element;
    SerializeTupleStruct::serialize_field() at here, Segment::Element;
    SerializeTupleVariant::serialize_field() at here, Segment::Element;
    SerializeStruct::serialize_field(name) at here, field;
    SerializeStructVariant::serialize_field(name) at here, field;
}

impl<M: Sum> SerializeMap for Parts<M> {
    type Ok = M;
    type Error = serde_json::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Self::Error> {
        self.key = key.serialize(Likeness::<u64>::new())?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Self::Error> {
        self.add(mix(self.key, 1), Segment::Entry, value)
    }

    fn end(self) -> Result<M, Self::Error> {
        Ok(self.close())
    }
}
