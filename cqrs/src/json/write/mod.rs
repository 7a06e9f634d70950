//! A serializer around that of `serde_json`: it refuses what no reader takes, and knows where that was.

mod parts;
mod writer;

use std::cell::{Cell, RefCell};

use serde::ser::Error;

use super::{
    JsonError, JsonReason,
    path::{Path, Segment},
    reason::UNKNOWN,
};

pub(crate) use writer::Writer;

/// How many levels the parser of `serde_json` takes.
const DEEPEST: usize = 127;

/// What is known of an encoding under way.
#[derive(Default)]
pub(crate) struct Watch {
    depth: Cell<usize>,
    reason: Cell<Option<JsonReason>>,
    refused_by: Cell<Option<&'static str>>,
    path: RefCell<Path>,
}

impl Watch {
    /// An error for `reason`, in the language of the serializer at hand.
    #[cold]
    pub(crate) fn refuse<E: Error>(&self, reason: JsonReason) -> E {
        self.reason.set(Some(reason));
        E::custom("refused")
    }

    /// The innermost type that failed refused for reasons of its own, if there are no others.
    #[cold]
    pub(crate) fn blame<T: ?Sized>(&self) {
        self.refused_by.set(self.refused_by.get().or(Some(std::any::type_name::<T>())));
    }

    #[cold]
    fn at(&self, segment: Segment) {
        self.path.borrow_mut().0.push(segment);
    }

    fn enter<E: Error>(&self, levels: usize) -> Result<(), E> {
        self.depth.set(self.depth.get() + levels);
        if self.depth.get() > DEEPEST { Err(self.refuse(JsonReason::TooDeep)) } else { Ok(()) }
    }

    fn leave(&self, levels: usize) {
        self.depth.set(self.depth.get() - levels);
    }

    /// What went wrong. The serializer's own text is that of the value's own code, unless it is about a key.
    #[cold]
    pub(super) fn into_error(self, error: &serde_json::Error) -> JsonError {
        let by = self.refused_by.get().unwrap_or(UNKNOWN);
        let own = if error.is_data() { JsonReason::Refused { by } } else { JsonReason::Key };
        JsonError::new(self.reason.take().unwrap_or(own)).with_path(self.path.into_inner())
    }
}
