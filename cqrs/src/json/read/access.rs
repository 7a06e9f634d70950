//! The parts of arrays, objects and enums.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use serde::de::{DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use smol_str::SmolStr;

use super::{
    super::{JsonError, JsonReason, path::Segment, reason::shown},
    Form, Part, Strictness,
    notes::Notes,
    visitor::Watching,
};

/// The elements of an array.
pub(super) struct Elements<'a, A> {
    from: A,
    notes: &'a Notes,
    count: usize,
}

impl<'a, A> Elements<'a, A> {
    pub(super) fn new(from: A, notes: &'a Notes) -> Self {
        Self { from, notes, count: 0 }
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<'_, A> {
    type Error = JsonError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, JsonError> {
        let part = Part { seed, notes: self.notes, form: Form::Other };
        let element = self.from.next_element_seed(part);
        let element = element.map_err(|error| self.notes.recover(&error).at(Segment::Element(self.count)))?;
        self.count += 1;
        Ok(element)
    }

    fn size_hint(&self) -> Option<usize> {
        self.from.size_hint()
    }
}

/// The members of an object.
pub(super) struct Members<'a, A> {
    from: A,
    notes: &'a Notes,
    form: Form,
    count: usize,
    /// The last key, where it is a text or a number.
    key: Option<SmolStr>,
    /// Every key so far, where doubles are refused.
    seen: HashSet<SmolStr, RandomState>,
}

impl<'a, A> Members<'a, A> {
    pub(super) fn new(from: A, notes: &'a Notes, form: Form) -> Self {
        let seen = HashSet::with_hasher(RandomState::default());
        Self { from, notes, form, count: 0, key: None, seen }
    }

    /// Where the value at hand is.
    fn segment(&self) -> Segment {
        match self.form {
            Form::Fields => self
                .key
                .as_deref()
                .and_then(shown)
                .map_or(Segment::Entry(self.count), |name| Segment::Field(name.into())),
            Form::Name | Form::Key | Form::Other => Segment::Entry(self.count),
        }
    }

    fn refuse_double(&mut self) -> Result<(), JsonError> {
        match &self.key {
            Some(key) if self.notes.strictness != Strictness::Lenient && !self.seen.insert(key.clone()) => {
                Err(JsonError::new(JsonReason::Twice(self.notes.name())))
            }
            _ => Ok(()),
        }
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<'_, A> {
    type Error = JsonError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, JsonError> {
        let form = if self.form == Form::Fields { Form::Name } else { Form::Key };
        self.notes.forget_key();
        let key = self.from.next_key_seed(Part { seed, notes: self.notes, form });
        // An error that has no place yet may be about the object itself: a brace that is missing.
        let key = key.map_err(|error| self.notes.recover(&error).at_key(form, self.count))?;
        if key.is_some() {
            self.key = self.notes.key();
            self.refuse_double()?;
        }
        Ok(key)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, JsonError> {
        let value = self.from.next_value_seed(Part { seed, notes: self.notes, form: Form::Other });
        let value = value.map_err(|error| self.notes.recover(&error).at(self.segment()))?;
        self.count += 1;
        Ok(value)
    }

    fn size_hint(&self) -> Option<usize> {
        self.from.size_hint()
    }
}

impl JsonError {
    /// The name of a field that is wrong is in the reason already.
    fn at_key(self, form: Form, count: usize) -> Self {
        if form == Form::Name || matches!(self.reason(), JsonReason::Syntax(_)) {
            self
        } else {
            self.at(Segment::Key(count))
        }
    }
}

/// The variants of an enum.
pub(super) struct Variants<'a, A> {
    pub(super) from: A,
    pub(super) notes: &'a Notes,
    pub(super) form: Form,
}

impl<'a, 'de, A: EnumAccess<'de>> EnumAccess<'de> for Variants<'a, A> {
    type Error = JsonError;
    type Variant = Content<'a, A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), JsonError> {
        let Self { from, notes, form } = self;
        let (variant, content) =
            from.variant_seed(Part { seed, notes, form }).map_err(|error| notes.recover(&error))?;
        Ok((variant, Content { from: content, notes }))
    }
}

/// The content of a variant.
pub(super) struct Content<'a, A> {
    from: A,
    notes: &'a Notes,
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Content<'_, A> {
    type Error = JsonError;

    fn unit_variant(self) -> Result<(), JsonError> {
        self.from.unit_variant().map_err(|error| self.notes.recover(&error))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, JsonError> {
        let part = Part { seed, notes: self.notes, form: Form::Other };
        self.from.newtype_variant_seed(part).map_err(|error| self.notes.recover(&error))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, JsonError> {
        let visitor = Watching { visitor, notes: self.notes, form: Form::Other };
        self.from.tuple_variant(length, visitor).map_err(|error| self.notes.recover(&error))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        let visitor = Watching { visitor, notes: self.notes, form: Form::Fields };
        self.from.struct_variant(fields, visitor).map_err(|error| self.notes.recover(&error))
    }
}
