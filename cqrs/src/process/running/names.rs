//! The names of the checkpoints of a process manager's workers, made at compile time of that of its category.

use std::marker::PhantomData;

use super::super::ProcessManager;

/// How long such a name may be.
const LONGEST: usize = 256;

/// The names of the workers of `P`.
pub(crate) struct Names<P>(PhantomData<P>);

impl<P: ProcessManager> Names<P> {
    pub(crate) const STEPS: &'static str = Self::text(Self::STEPS_BYTES, "/steps");
    pub(crate) const SENDER: &'static str = Self::text(Self::SENDER_BYTES, "/sender");

    const STEPS_BYTES: &'static [u8; LONGEST] = &bytes(P::CATEGORY, "/steps");
    const SENDER_BYTES: &'static [u8; LONGEST] = &bytes(P::CATEGORY, "/sender");

    const fn text(bytes: &'static [u8; LONGEST], suffix: &str) -> &'static str {
        match str::from_utf8(bytes.split_at(P::CATEGORY.len() + suffix.len()).0) {
            Ok(text) => text,
            Err(_) => unreachable!(),
        }
    }
}

const fn bytes(category: &str, suffix: &str) -> [u8; LONGEST] {
    assert!(category.len() + suffix.len() <= LONGEST, "the name of a process manager is too long");
    let mut bytes = [0; LONGEST];
    let mut index = 0;
    while index < category.len() {
        bytes[index] = category.as_bytes()[index];
        index += 1;
    }
    while index < category.len() + suffix.len() {
        bytes[index] = suffix.as_bytes()[index - category.len()];
        index += 1;
    }
    bytes
}
