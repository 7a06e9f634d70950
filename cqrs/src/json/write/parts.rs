//! The parts of arrays and objects.

use serde::{
    Serialize,
    ser::{
        Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};
use smol_str::SmolStr;

use super::{super::path::Segment, Watch, writer::Watched};

/// The parts of an array or object.
pub(crate) struct Parts<'a, C> {
    to: C,
    watch: &'a Watch,
    /// How many levels were opened.
    levels: usize,
    /// How many parts there were.
    count: usize,
}

impl<'a, C> Parts<'a, C> {
    pub(super) fn open<E: Error>(
        watch: &'a Watch,
        levels: usize,
        open: impl FnOnce() -> Result<C, E>,
    ) -> Result<Self, E> {
        watch.enter(levels)?;
        Ok(Self { to: open()?, watch, levels, count: 0 })
    }

    /// Writes one part, found as `segment` if it fails.
    #[inline]
    fn part<T: Serialize + ?Sized, E>(
        &mut self,
        value: &T,
        segment: impl FnOnce(usize) -> Segment,
        write: impl FnOnce(&mut C, &Watched<'_, T>) -> Result<(), E>,
    ) -> Result<(), E> {
        let written = write(&mut self.to, &Watched { value, watch: self.watch });
        written.inspect_err(|_| self.watch.at(segment(self.count)))?;
        self.count += 1;
        Ok(())
    }

    fn close(self) -> C {
        self.watch.leave(self.levels);
        self.to
    }
}

macro_rules! elements {
    ($($part:ident::$method:ident),*) => {
        $(impl<C: $part> $part for Parts<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
                self.part(value, Segment::Element, |to, part| to.$method(part))
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.close().end()
            }
        })*
    };
}

elements! {
    SerializeSeq::serialize_element, SerializeTuple::serialize_element, SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
}

macro_rules! fields {
    ($($part:ident),*) => {
        $(impl<C: $part> $part for Parts<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), C::Error> {
                let segment = |_| Segment::Field(SmolStr::new_static(name));
                self.part(value, segment, |to, part| to.serialize_field(name, part))
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), C::Error> {
                self.to.skip_field(name)
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.close().end()
            }
        })*
    };
}

fields!(SerializeStruct, SerializeStructVariant);

impl<C: SerializeMap> SerializeMap for Parts<'_, C> {
    type Ok = C::Ok;
    type Error = C::Error;

    /// Counted is the value that follows.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        let written = self.to.serialize_key(&Watched { value: key, watch: self.watch });
        written.inspect_err(|_| self.watch.at(Segment::Key(self.count)))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.part(value, Segment::Entry, |to, part| to.serialize_value(part))
    }

    fn end(self) -> Result<C::Ok, C::Error> {
        self.close().end()
    }
}
