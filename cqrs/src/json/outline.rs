//! Whether a value and what was read from its JSON are the same, and if not, where they part.

use serde::Serialize;

use super::{
    JsonError, JsonReason,
    likeness::{self, Mark, Sum, mix},
    path::{Path, Segment},
};

/// A value that can be compared with another of its type: everything that implements serde's `Serialize`.
pub trait Content: sealed::Sealed {
    #[doc(hidden)]
    fn likeness(&self) -> Option<u64>;

    #[doc(hidden)]
    fn outline(&self) -> Option<Outline>;
}

impl<T: Serialize> Content for T {
    fn likeness(&self) -> Option<u64> {
        likeness::of(self)
    }

    fn outline(&self) -> Option<Outline> {
        likeness::of(self)
    }
}

mod sealed {
    pub trait Sealed {}

    impl<T: serde::Serialize> Sealed for T {}
}

/// The likenesses of a value and of all its parts.
#[derive(Debug)]
pub struct Outline {
    number: u64,
    parts: Vec<(Segment, Outline)>,
}

impl Mark for Outline {
    fn leaf(number: u64) -> Self {
        Self { number, parts: Vec::new() }
    }

    fn number(&self) -> u64 {
        self.number
    }
}

impl Sum for Outline {
    fn add(&mut self, number: u64, segment: impl FnOnce() -> Segment, part: Self) {
        self.number = self.number.wrapping_add(number);
        self.parts.push((segment(), part));
    }

    fn close(&mut self, kind: u64) {
        self.number = mix(kind, self.number);
    }
}

/// Refuses a value that was read as another than was written, and says where they part.
pub(crate) fn compare(
    written: &(impl Content + ?Sized),
    read: &(impl Content + ?Sized),
) -> Result<(), JsonError> {
    if written.likeness() == read.likeness() {
        Ok(())
    } else {
        Err(difference(written.outline(), read.outline()))
    }
}

#[cold]
fn difference(written: Option<Outline>, read: Option<Outline>) -> JsonError {
    let mut path = Path::default();
    if let (Some(written), Some(read)) = (written, read) {
        descend(&written, &read, &mut path);
        path.0.reverse();
    }
    JsonError::new(JsonReason::Changed).with_path(path)
}

/// Follows the first part that differs, as far as parts of both can be told to be the same part.
fn descend(written: &Outline, read: &Outline, path: &mut Path) {
    if written.parts.len() != read.parts.len() {
        // One of them was left out, or filled in: the first that has no counterpart.
        let named = |outline: &Outline, name: &Segment| outline.parts.iter().any(|(other, _)| other == name);
        let lost = written.parts.iter().find(|(name, _)| !named(read, name));
        let found = lost.or_else(|| read.parts.iter().find(|(name, _)| !named(written, name)));
        path.0.extend(found.map(|(name, _)| name.clone()).filter(|name| matches!(name, Segment::Field(_))));
        return;
    }
    let mut pairs = written.parts.iter().zip(&read.parts);
    let Some(((segment, written), (_, read))) =
        pairs.find(|((_, written), (_, read))| written.number != read.number)
    else {
        return;
    };
    // The entries of a map may stand in another order.
    if matches!(segment, Segment::Field(_) | Segment::Element(_)) {
        path.0.push(segment.clone());
        descend(written, read, path);
    }
}
