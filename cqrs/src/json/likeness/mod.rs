//! A number of a value: that of the calls by which it serialises itself.
//!
//! Two values that are written as the same JSON may still differ: the variants of an untagged enum, `Some(None)` and
//! `None`. They call their serializer differently. The order of elements and entries does not count, since a set or
//! map without an order has another one after it was read.

mod counting;
mod parts;

use serde::Serialize;

use super::path::Segment;

use counting::Likeness;

/// What the calls are summed up in.
pub(super) trait Mark: Sized {
    /// Of a part without parts.
    fn leaf(number: u64) -> Self;

    /// Its number.
    fn number(&self) -> u64;
}

/// What parts are summed up in.
pub(super) trait Sum: Mark {
    /// Adds a part, whose number within the whole is mixed already.
    fn add(&mut self, number: u64, segment: impl FnOnce() -> Segment, part: Self);

    /// Closes it as a `kind` of thing.
    fn close(&mut self, kind: u64);
}

impl Mark for u64 {
    fn leaf(number: u64) -> Self {
        number
    }

    fn number(&self) -> u64 {
        *self
    }
}

impl Sum for u64 {
    #[inline]
    fn add(&mut self, number: u64, _: impl FnOnce() -> Segment, _: Self) {
        *self = self.wrapping_add(number);
    }

    fn close(&mut self, kind: u64) {
        *self = mix(kind, *self);
    }
}

/// Folds two numbers into one.
#[inline]
pub(super) fn mix(left: u64, right: u64) -> u64 {
    let product = u128::from(left ^ 0x9e37_79b9_7f4a_7c15) * u128::from(right ^ 0xd1b5_4a32_d192_ed03);
    #[allow(clippy::cast_possible_truncation, reason = "both halves are used")]
    let folded = (product as u64) ^ ((product >> 64) as u64);
    folded
}

/// The number of a value, or the numbers of all its parts; nothing of a value that refuses to be serialised.
pub(super) fn of<M: Sum, T: Serialize + ?Sized>(value: &T) -> Option<M> {
    value.serialize(Likeness::new()).ok()
}

/// The kinds of things there are to serialise.
mod kind {
    pub(super) const BOOL: u64 = 1;
    pub(super) const SIGNED: u64 = 2;
    pub(super) const UNSIGNED: u64 = 3;
    pub(super) const FLOAT: u64 = 4;
    pub(super) const CHAR: u64 = 5;
    pub(super) const TEXT: u64 = 6;
    pub(super) const BYTES: u64 = 7;
    pub(super) const NONE: u64 = 8;
    pub(super) const SOME: u64 = 9;
    pub(super) const UNIT: u64 = 10;
    pub(super) const NEWTYPE: u64 = 11;
    pub(super) const VARIANT: u64 = 12;
    pub(super) const SEQUENCE: u64 = 13;
    pub(super) const TUPLE: u64 = 14;
    pub(super) const MAP: u64 = 15;
    pub(super) const STRUCT: u64 = 16;
}
